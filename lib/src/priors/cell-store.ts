import { type SearchSpace } from '../benchmarks/search-space';
import {
  mergeRecords,
  openStore,
  readRecords,
  type KeyedStore,
  type MergeResult,
  type RecordKind,
} from '../files/keyed-store';

/**
 * The files of one measurement of a space's cells, one whole line a cell (see `keyed-store.ts`).
 *
 * @typeParam Draw what all rows of a file share, such as the run's seed
 */
export interface CellStore<Row, Draw> {
  /**
   * Opens a file for one run, which has it alone until it closes it.
   *
   * @param draw what all rows of the file will share
   * @throws Error when another run writes to it, when it is damaged, of another space, recipe or draw, or cannot be written
   */
  open(file: string, draw?: Draw): Promise<KeyedStore<number, Row>>;
  /**
   * The rows in a file, by id; none where it is missing. Where the space is part of a larger one, that one's cells may be
   * among them.
   *
   * @param draw what they have to share; by default anything
   * @throws Error with file and line where something else stands, or where a cell has two different rows
   */
  read(file: string, draw?: Draw): Map<number, Row>;
  /**
   * Joins files into one, sorted by id; what the output already holds stays. All or nothing.
   *
   * @param draw what all rows have to share; by default what the first one has
   * @throws Error when two files contradict each other, naming both, or when one is damaged, of another space, or missing
   */
  merge(files: readonly string[], output: string, draw?: Draw): Promise<MergeResult>;
}

/**
 * @param kindOf what the rows of a space are
 * @param space whose cells they are
 * @param nameOf a draw as `RecordKind.common` gives it of a row
 */
export function cellStore<Row extends { id: number }, Draw>(
  kindOf: (space: SearchSpace) => RecordKind<number, Row>,
  space: SearchSpace,
  nameOf: (draw: Draw) => number | string,
): CellStore<Row, Draw> {
  const named = (draw: Draw | undefined): number | string | undefined =>
    draw === undefined ? undefined : nameOf(draw);
  return {
    open: (file, draw) => openStore(file, kindOf(space), named(draw)),
    read: (file, draw) => readRecords(file, kindOf(space.partOf ?? space), named(draw)),
    merge: (files, output, draw) =>
      mergeRecords(files, output, kindOf(space), { order: (a, b) => a.id - b.id, common: named(draw) }),
  };
}
