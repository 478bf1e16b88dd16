import { type SearchSpace } from '../benchmarks/search-space';
import { readCsv } from '../files/read-csv';

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

/** The names that the column of architecture strings may have. */
const ARCHITECTURE_COLUMNS = ['arch', 'architecture'];

/**
 * Reads a CSV file with a row for each cell: `id`, `arch` (or `architecture`) and columns of numbers, in any order.
 * Ids and strings are checked against the space, or against the larger space that it is part of, so rows of other cells
 * of the benchmark may be there. Throws an Error that says file, line, column, what was found, what was expected and what
 * to do, when a column is missing, an id is unknown or comes twice, or a string is not that of its id.
 */
export function readCellTable(file: string, space: SearchSpace): CellTable {
  const { header, rows, lines } = readCsv(file);
  const repeated = header.find((name, i) => header.indexOf(name) !== i);
  if (repeated !== undefined) throw new Error(`${file}, line 1: the column "${repeated}" comes twice; rename one`);
  const idColumn = columnIndex(file, header, ['id']);
  const architectureColumn = columnIndex(file, header, ARCHITECTURE_COLUMNS);

  const whole = space.partOf ?? space;
  const architectures = new Map(whole.cells.map((architecture, position) => [whole.ids[position]!, architecture]));
  const rowOf = new Map<number, number>();
  rows.forEach((row, r) => {
    const where = (column: number): string => `${file}, line ${lines[r]!}, column "${header[column]!}"`;
    const idText = row[idColumn]!;
    const id = /^\s*\d+\s*$/.test(idText) ? Number(idText) : -1;
    const expected = architectures.get(id);
    if (expected === undefined) {
      throw new Error(
        `${where(idColumn)}: found "${idText}", expected the id of one of the ${whole.size} cells of ${whole.name}; ` +
          'correct the id or remove the row',
      );
    }
    if (row[architectureColumn] !== expected) {
      throw new Error(
        `${where(architectureColumn)}: found "${row[architectureColumn]!}", expected "${expected}", which is the cell ` +
          `with id ${id} of ${whole.name}; give each cell the index of the official benchmark file as its id`,
      );
    }
    const earlier = rowOf.get(id);
    if (earlier !== undefined) {
      throw new Error(
        `${where(idColumn)}: found id ${id} again, which line ${lines[earlier]!} has already; expected one row a cell; ` +
          'remove one of the two',
      );
    }
    rowOf.set(id, r);
  });

  return {
    file,
    header,
    missing: Int32Array.from(space.ids.keys()).filter((position) => !rowOf.has(space.ids[position]!)),
    column(name, { range, blanks = false } = {}) {
      const column = columnIndex(file, header, [name]);
      return Float64Array.from(space.ids, (id) => {
        const r = rowOf.get(id);
        if (r === undefined) return NaN;
        const text = rows[r]![column]!.trim();
        if (text === '' && blanks) return NaN;
        const value = text === '' ? NaN : Number(text);
        if (!Number.isFinite(value) || (range !== undefined && (value < range.min || value > range.max))) {
          const wanted = range === undefined ? 'a number' : `${range.meaning}, from ${range.min} to ${range.max}`;
          throw new Error(
            `${file}, line ${lines[r]!}, column "${name}": found ${text === '' ? 'nothing' : `"${text}"`}, ` +
              `expected ${wanted}; correct the value, or remove the row if the cell was not measured`,
          );
        }
        return value;
      });
    },
  };
}

function columnIndex(file: string, header: readonly string[], names: readonly string[]): number {
  const index = header.findIndex((name) => names.includes(name));
  if (index < 0) {
    throw new Error(
      `${file}, line 1: found the columns ${header.join(', ')}, expected one named ${names.join(' or ')}; ` +
        'add the column, or rename the one that holds it',
    );
  }
  return index;
}
