import { type SearchSpace } from '../benchmarks/search-space';
import { equalNetworks } from '../benchmarks/unique-cells';
import { contentHash } from '../files/content-hash';
import { listed } from '../files/quoted';
import { groupBy } from '../statistics/group-by';
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
  /** Numbers as the file has them where float32 does not hold one. */
  readDoubles(positions: ArrayLike<number>): Float64Array;
  /** Equal for tables that say the same of the same cells of a space. */
  hash: string;
  /** The command that measures what is missing; absent where none does. */
  measuredBy?: string;
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
  /** The command that measures the table, where one does. */
  measuredBy?: string;
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
  const measured = [...whole.ids.keys()].filter((position) => !unmeasured.has(position));
  const equals = groupBy(measured, (position) => representativeOf[position]!);
  const alike = impute ? groupBy(measured, (position) => operationCounts(whole, position)) : undefined;

  const copied: number[] = [];
  const imputed: number[] = [];
  const missing: number[] = [];
  const codes = new Float64Array(space.size * columns.length);
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

  const counted = (positions: number[]): string =>
    `${positions.length} cells${positions.length <= 12 ? ` (ids ${listed(positions.map((p) => space.ids[p]!))})` : ''}`;
  const notes = [
    copied.length > 0 && `${counted(copied)} have the code of an equal network`,
    imputed.length > 0 && `${counted(imputed)} imputed: the mean over cells with the same number of each operation`,
    missing.length > 0 && `${counted(missing)} have none`,
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
  given: Float32Array | Float64Array,
  about: Pick<CodeTable, 'name' | 'recipe' | 'trainingsPerCode'> & Partial<CodeTable>,
): CodeTable {
  const { name, recipe, trainingsPerCode, measuredBy } = about;
  const none = new Int32Array();
  const { copied = none, imputed = none, missing = none } = about;
  const codes = narrowed(given);
  const entries = codes.length / space.size;
  const absent = new Set(missing);
  /** Copies the codes of cells one after the other. */
  function copy<Numbers extends Float32Array | Float64Array>(positions: ArrayLike<number>, to: Numbers): Numbers {
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
      to.set(codes.subarray(position * entries, (position + 1) * entries), i * entries);
    }
    return to;
  }
  return {
    name,
    recipe,
    entries,
    trainingsPerCode,
    copied,
    imputed,
    missing,
    measuredBy,
    hash: contentHash(codes, missing, `${trainingsPerCode}`),
    read: (positions) => copy(positions, new Float32Array(positions.length * entries)),
    readDoubles: (positions) => copy(positions, new Float64Array(positions.length * entries)),
  };
}

/** Numbers as float32 holds them, which is what predictors are fed; as they are where one is beyond it. */
function narrowed(codes: Float32Array | Float64Array): Float32Array | Float64Array {
  const single = Float32Array.from(codes);
  return single.some((value) => value === Infinity || value === -Infinity) ? codes : single;
}

/** The positions of the cells that have a code. */
export function cellsWithCode({ missing }: Pick<CodeTable, 'missing'>, space: SearchSpace): Int32Array {
  const absent = new Set(missing);
  return Int32Array.from(space.ids.keys()).filter((position) => !absent.has(position));
}

/** A training squares what it is fed, and float32 holds squares of numbers up to this. */
const LARGEST = Math.sqrt(3.4028234663852886e38);

/**
 * Says before any work that a predictor cannot be trained with some codes: numbers whose squares are beyond float32 become
 * infinite and then no numbers.
 *
 * @throws Error that names a cell, its number, and what to do
 */
export function requireTrainable(table: CodeTable, space: SearchSpace): void {
  const positions = cellsWithCode(table, space);
  const codes = table.readDoubles(positions);
  const at = codes.findIndex((value) => !(Math.abs(value) <= LARGEST));
  if (at < 0) return;
  const position = positions[Math.floor(at / table.entries)]!;
  throw new Error(
    `codes "${table.name}": id ${space.ids[position]!}, ${space.cells[position]!}, has ${codes[at]!.toPrecision(4)}, and ` +
      `predictors compute in float32 with numbers up to ${LARGEST.toPrecision(2)}; use log:${table.name}, its logarithm, ` +
      `or standardised:${table.name}`,
  );
}

/**
 * Says before any work that a table does not cover the space: a search may come to any cell, and one without a code ends
 * it after its trainings.
 *
 * @throws Error that says how many cells have no code, which, and what to do
 */
export function requireCoverage(
  { name, missing, measuredBy }: Pick<CodeTable, 'name' | 'missing' | 'measuredBy'>,
  space: SearchSpace,
): void {
  if (missing.length === 0) return;
  const ids = Array.from(missing, (position) => space.ids[position]!);
  const remedy = measuredBy === undefined ? 'add their rows' : `measure them (${measuredBy})`;
  throw new Error(
    `codes "${name}": found none for ${ids.length} of the ${space.size} cells of ${space.name}, nor for equal networks ` +
      `(ids ${listed(ids)}), and a search may come to any cell; ${remedy}, or use a source that covers the space`,
  );
}

/** Equal for cells whose graphs have the same labels, in whatever places: the same number of each operation. */
function operationCounts({ graphs }: SearchSpace, position: number): string {
  return graphs.hot
    .slice(position * graphs.nodes, (position + 1) * graphs.nodes)
    .sort()
    .join();
}
