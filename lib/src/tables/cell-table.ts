import { statSync } from 'node:fs';
import { type SearchSpace } from '../benchmarks/search-space';
import { decimal } from '../files/decimal';
import { quoted } from '../files/quoted';
import { columnsFound, readCsv, type CsvText } from '../files/read-csv';

/** Which numbers a column may hold. */
export interface ColumnRange {
  /** Smallest and largest value allowed. */
  min: number;
  max: number;
  /** What the numbers are, for the message about one that is out of range, such as `an accuracy in percent`. */
  meaning: string;
}

/** A checked table of numbers by cell. */
export interface CellTable {
  /** The path it was read from. */
  file: string;
  /** The names of its columns. */
  header: readonly string[];
  /** Positions of the cells that have no row, ascending. */
  missing: Int32Array;
  /**
   * A column's numbers by position in the space; NaN for cells without a row, and for empty fields where `blanks` allows
   * them. Throws an Error with file, line and column for a field that is empty, no finite number or out of range.
   */
  column(name: string, options?: { range?: ColumnRange; blanks?: boolean }): Float64Array;
}

/** The names that the column of architectures may have; the last is that of the benchmark's own library. */
const ARCHITECTURE_COLUMNS = ['arch', 'architecture', 'arch_str'];

/**
 * Reads a table with a row for each cell (see `readCsv`): `id`, `arch` (or `architecture`) and columns of numbers, in any
 * order. Architectures may be written as other libraries do (`SearchSpace.ownNotation`); they are enough where there is
 * no column `id`. With `idsAlone` a column `id` is enough too, and a wrong id goes unnoticed. Ids and architectures are
 * checked against the space, or against the larger space that it is part of, so rows of other cells of the benchmark may
 * be there. Throws an Error that says file, line, column, what was found, what was expected and what to do, when a column
 * is missing, a cell is unknown or comes twice, or an architecture is not that of its id.
 */
export function readCellTable(file: string, space: SearchSpace, { idsAlone = false } = {}): CellTable {
  const { text, rowOf } = readRows(file, space.partOf ?? space, idsAlone);
  const { header, rows, lines } = text;
  return {
    file,
    header,
    missing: Int32Array.from(space.ids.keys()).filter((position) => !rowOf.has(space.ids[position]!)),
    column(name, { range, blanks = false } = {}) {
      const column = columnIndex(file, header, [name]);
      return Float64Array.from(space.ids, (id) => {
        const r = rowOf.get(id);
        if (r === undefined) return NaN;
        const field = rows[r]![column]!.trim();
        if (field === '' && blanks) return NaN;
        const value = decimal(field);
        const isOutside = range !== undefined && (value < range.min || value > range.max);
        if (Number.isFinite(value) && !isOutside) return value;
        const wanted = range === undefined ? 'a number' : `${range.meaning}, from ${range.min} to ${range.max}`;
        throw new Error(
          `${file}, line ${lines[r]!}, column ${quoted(name)}: found ${field === '' ? 'nothing' : quoted(field)}, ` +
            `expected ${wanted}; ${remedyFor(field, value)}`,
        );
      });
    },
  };
}

/** A checked file, and the row of each cell in it by id. */
interface CellRows {
  text: CsvText;
  rowOf: Map<number, number>;
}

/** The rows of each space by file and state of the file: parts of a space, and several columns, are read from one. */
const read = new WeakMap<SearchSpace, Map<string, CellRows>>();

function readRows(file: string, whole: SearchSpace, idsAlone: boolean): CellRows {
  const ofSpace = read.get(whole) ?? new Map<string, CellRows>();
  read.set(whole, ofSpace);
  const { mtimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
  const key = `${file} ${mtimeMs} ${size} ${idsAlone}`;
  const known = ofSpace.get(key);
  if (known) return known;
  const text = readCsv(file);
  const { header } = text;
  const repeated = header.find((name, i) => name !== '' && header.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw new Error(`${file}, line 1: the column ${quoted(repeated)} comes twice; rename one`);
  }
  const rows = { text, rowOf: rowsById(text, whole, idsAlone) };
  ofSpace.set(key, rows);
  return rows;
}

/** What to do about a field that is none of the numbers expected. */
function remedyFor(field: string, value: number): string {
  if (/^[+-]?\d+,\d+$/.test(field)) return 'write decimal points for commas';
  if (value === Infinity || value === -Infinity)
    return 'it is beyond what a computer holds (1.8e308): scale the column';
  return 'correct the value, or remove the row if the cell was not measured';
}

/** The row of each cell by the benchmark's id, after checking that id and architecture name the same cell. */
function rowsById({ file, header, rows, lines }: CsvText, whole: SearchSpace, idsAlone: boolean): Map<number, number> {
  const idColumn = header.indexOf('id');
  const architectureColumn = header.findIndex((name) => ARCHITECTURE_COLUMNS.includes(name));
  const hasArchitectures = architectureColumn >= 0;
  if (!hasArchitectures) columnIndex(file, header, idsAlone ? [...ARCHITECTURE_COLUMNS, 'id'] : ARCHITECTURE_COLUMNS);
  const idByArchitecture = idColumn < 0 ? idsByArchitecture(file, header, whole) : undefined;
  const architectures = new Map(whole.cells.map((architecture, position) => [whole.ids[position]!, architecture]));
  const rowOf = new Map<number, number>();
  rows.forEach((row, r) => {
    const where = (column: number): string => `${file}, line ${lines[r]!}, column ${quoted(header[column]!)}`;
    const found = row[architectureColumn]?.trim() ?? ''; // none where ids are alone
    const architecture = whole.ownNotation?.(found) ?? found;
    const id = idByArchitecture ? idByArchitecture.get(architecture) : readId(row[idColumn]!, architectures);
    if (id === undefined) {
      const column = idByArchitecture ? architectureColumn : idColumn;
      const wanted = `${idByArchitecture ? '' : 'the id of '}one of the ${whole.size} cells`;
      const remedy = idByArchitecture ? `the first is ${whole.cells[0]!}` : 'correct the id or remove the row';
      throw new Error(
        `${where(column)}: found ${quoted(row[column]!)}, expected ${wanted} of ${whole.name}; ${remedy}`,
      );
    }
    const expected = architectures.get(id)!;
    if (hasArchitectures && architecture !== expected) {
      const meaning = architecture === found ? '' : `, which is ${quoted(architecture)}`;
      throw new Error(
        `${where(architectureColumn)}: found ${quoted(found)}${meaning}, expected ${quoted(expected)}, which is the cell ` +
          `with id ${id} of ${whole.name}; give each cell the index of the official benchmark file as its id, or leave out ` +
          'the column, where the architectures are right',
      );
    }
    const earlier = rowOf.get(id);
    if (earlier !== undefined) {
      throw new Error(
        `${where(idByArchitecture ? architectureColumn : idColumn)}: found id ${id} again, which line ${lines[earlier]!} has ` +
          'already; expected one row a cell; remove one of the two',
      );
    }
    rowOf.set(id, r);
  });
  return rowOf;
}

/** Undefined where a field is no id of the space. */
function readId(field: string, architectures: ReadonlyMap<number, string>): number | undefined {
  const id = /^\s*\d+\s*$/.test(field) ? Number(field) : -1;
  return architectures.has(id) ? id : undefined;
}

/** For tables without ids: the id of each architecture, where all are different. */
function idsByArchitecture(file: string, header: readonly string[], whole: SearchSpace): Map<string, number> {
  const ids = new Map(whole.cells.map((architecture, position) => [architecture, whole.ids[position]!]));
  if (ids.size < whole.size) columnIndex(file, header, ['id']); // cells of this space need one: says so
  return ids;
}

function columnIndex(file: string, header: readonly string[], names: readonly string[]): number {
  const index = header.findIndex((name) => names.includes(name));
  if (index >= 0) return index;
  const named = names.join(', ').replace(/, ([^,]*)$/, ' or $1');
  throw new Error(
    `${file}, line 1: found ${columnsFound(header)}; expected one named ${named}; add the column, or rename the one that ` +
      'holds it',
  );
}
