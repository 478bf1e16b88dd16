import { type SearchSpace } from '../benchmarks/search-space';
import { equalNetworks } from '../benchmarks/unique-cells';
import { contentHash } from '../files/content-hash';
import { readCellTable } from './cell-table';
import { type CodeSource } from './code-source';

/** Codes that are all in memory, and where each came from. Cells are named by position. */
export interface CodeTable extends CodeSource {
  /** Cells that were not measured, but an equal network was (`networkForm`): they have its code. */
  copied: Int32Array;
  /** Cells of which no equal network was measured either, and which have an average (see `readCodeTable`). */
  imputed: Int32Array;
  /** Cells without a code: reading one throws. */
  missing: Int32Array;
  /** Equal for tables that say the same of the same cells of a space. */
  hash: string;
}

/** What to read of a file, and what to call it. */
export interface CodeTableSettings {
  name: string;
  recipe: string;
  trainingsPerCode: number;
  /** The columns of the code's entries, in this order. */
  columns: readonly string[];
  /** Whether numbers below 0 are allowed: not in training losses. */
  signed: boolean;
  /** Whether cells that remain without a code get an average. */
  impute: boolean;
}

/**
 * Reads codes from a CSV file of `id`, `arch` or `architecture`, and columns of numbers (checked as `readCellTable` does).
 * A cell without a row takes the code of an equal network, that of the smallest id among those measured. With `impute` a
 * cell that is still without one takes the mean over the measured cells with the same number of each operation.
 * The recipe says which cells are concerned; nothing is filled in otherwise.
 */
export function readCodeTable(file: string, space: SearchSpace, settings: CodeTableSettings): CodeTable {
  const { columns, signed, impute, recipe } = settings;
  // The network equal to a cell's may lie outside a space that is part of a larger one, so the larger one is read.
  const whole = space.partOf ?? space;
  const table = readCellTable(file, whole);
  const range = signed ? undefined : { min: 0, max: Number.MAX_VALUE, meaning: 'a training loss' };
  const values = columns.map((column) => table.column(column, { range }));

  const unmeasured = new Set(table.missing);
  const { representativeOf } = equalNetworks(whole);
  const equals = groupBy(whole, unmeasured, (position) => representativeOf[position]!);
  const alike = impute ? groupBy(whole, unmeasured, (position) => operationCounts(whole, position)) : undefined;

  const copied: number[] = [];
  const imputed: number[] = [];
  const missing: number[] = [];
  const codes = new Float32Array(space.size * columns.length);
  const positionInWhole = new Map(Array.from(whole.ids, (id, position) => [id, position]));
  space.ids.forEach((id, position) => {
    const cell = positionInWhole.get(id)!;
    let donors: readonly number[] = [cell];
    if (unmeasured.has(cell)) {
      const equal = equals.get(representativeOf[cell]!);
      donors = equal?.slice(0, 1) ?? alike?.get(operationCounts(whole, cell)) ?? [];
      (equal ? copied : donors.length > 0 ? imputed : missing).push(position);
    }
    values.forEach((entry, i) => {
      const sum = donors.reduce((total, donor) => total + entry[donor]!, 0);
      codes[position * columns.length + i] = sum / donors.length;
    });
  });

  const listed = (positions: number[]): string =>
    `${positions.length} cells${positions.length <= 12 ? ` (ids ${positions.map((p) => space.ids[p]!).join(', ')})` : ''}`;
  const notes = [
    copied.length > 0 && `${listed(copied)} have the code of an equal network`,
    imputed.length > 0 && `${listed(imputed)} imputed: the mean over cells with the same number of each operation`,
    missing.length > 0 && `${listed(missing)} have none`,
  ].filter((note) => note !== false);
  return codeTable(space, codes, {
    ...settings,
    recipe: [recipe, ...notes].join('; '),
    copied: Int32Array.from(copied),
    imputed: Int32Array.from(imputed),
    missing: Int32Array.from(missing),
  });
}

/** A table of the codes given, `[space.size · entries]`; where cells come from defaults to all measured. */
export function codeTable(
  space: SearchSpace,
  codes: Float32Array,
  about: Pick<CodeTable, 'name' | 'recipe' | 'trainingsPerCode'> & Partial<CodeTable>,
): CodeTable {
  const { name, recipe, trainingsPerCode } = about;
  const none = new Int32Array();
  const { copied = none, imputed = none, missing = none } = about;
  const entries = codes.length / space.size;
  const absent = new Set(missing);
  const hash = contentHash(codes, missing, `${trainingsPerCode}`);
  return {
    ...{ name, recipe, entries, trainingsPerCode, copied, imputed, missing, hash },
    read(positions) {
      const read = new Float32Array(positions.length * entries);
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        if (!(position >= 0 && position < space.size)) {
          throw new RangeError(`position ${position} is not one of the ${space.size} cells of ${space.name}`);
        }
        if (absent.has(position)) {
          throw new Error(
            `codes "${name}": found none for id ${space.ids[position]!}, ${space.cells[position]!}, nor for an equal ` +
              'network; measure it and add its row, or use a source that covers the space',
          );
        }
        read.set(codes.subarray(position * entries, (position + 1) * entries), i * entries);
      }
      return read;
    },
  };
}

/** The measured cells that share a key, ascending. */
function groupBy<Key>(
  space: SearchSpace,
  unmeasured: ReadonlySet<number>,
  key: (position: number) => Key,
): Map<Key, number[]> {
  const groups = new Map<Key, number[]>();
  for (let position = 0; position < space.size; position++) {
    if (unmeasured.has(position)) continue;
    const group = groups.get(key(position));
    if (group) group.push(position);
    else groups.set(key(position), [position]);
  }
  return groups;
}

/** Equal for cells whose graphs have the same labels, in whatever places: the same number of each operation. */
function operationCounts({ graphs }: SearchSpace, position: number): string {
  return graphs.hot
    .slice(position * graphs.nodes, (position + 1) * graphs.nodes)
    .sort()
    .join();
}
