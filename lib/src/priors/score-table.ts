import { type CellSpace } from '../benchmarks/nas-bench-201/cell-space';
import { type Cell } from '../benchmarks/nas-bench-201/cell';
import { appendLines, readLines, repairLines } from '../files/line-file';

/** Named numbers for a cell. */
export type Scores = Record<string, number>;

/** What to score. */
export interface ScoreMeasurement {
  space: CellSpace;
  /** Positions of the cells; those that the file already has are left out. */
  positions: readonly number[];
  /** Names of the scores: the columns after `id` and `architecture`. */
  columns: readonly string[];
  /** Makes what gives the scores of a cell, by column; called when a cell is missing. */
  prepare: () => Promise<(cell: Cell, id: number) => Scores>;
  /** The CSV file that the scores go into, one whole line a cell. */
  file: string;
  /** Called after every write with the cells that are done, of all, and the seconds since the first was begun. */
  report?: (done: number, total: number, seconds: number) => void;
}

/** Scores take milliseconds a cell, so they are written together, ms. */
const WRITE_EVERY = 5000;
const DIGITS = 8;

/**
 * Scores the cells that are missing in a file, in this process; may be killed and started again.
 *
 * @throws Error when the file has other columns or cannot be written
 */
export async function measureScores(measurement: ScoreMeasurement): Promise<void> {
  const { space, positions, columns, file, report } = measurement;
  await repairLines(file);
  const header = ['id', 'architecture', ...columns].join(',');
  const [found, ...rows] = readLines(file);
  if (found !== undefined && found !== header) {
    throw new Error(`${file}, line 1: found "${found}", expected "${header}"; name another file`);
  }
  const known = new Set(rows.map((row) => Number(row.split(',', 1)[0])));
  const missing = positions.filter((position) => !known.has(space.ids[position]!));
  if (missing.length === 0) return;
  const score = await measurement.prepare();
  let lines = found === undefined ? [header] : [];
  const began = Date.now();
  let written = began;
  for (const [done, position] of missing.entries()) {
    const id = space.ids[position]!;
    const scores = score(space.operations[position]!, id);
    lines.push([id, space.cells[position]!, ...columns.map((name) => scores[name]!.toPrecision(DIGITS))].join(','));
    if (Date.now() - written < WRITE_EVERY && done + 1 < missing.length) continue;
    await appendLines(file, lines);
    lines = [];
    written = Date.now();
    report?.(done + 1, missing.length, (written - began) / 1000);
  }
}
