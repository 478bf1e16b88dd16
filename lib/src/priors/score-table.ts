import { setImmediate } from 'node:timers/promises';
import { type CellSpace } from '../benchmarks/nas-bench-201/cell-space';
import { type Cell } from '../benchmarks/nas-bench-201/cell';
import { decimal } from '../files/decimal';
import { openStore, type RecordKind } from '../files/keyed-store';
import { tornNote } from '../files/line-file';
import { splitFields } from '../files/read-csv';

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
  /** Told what a user should know of the file: a line that an earlier stop left unfinished. */
  note?: (sentence: string) => void;
}

/** A cell's line in a table of scores. */
interface ScoredCell {
  id: number;
  architecture: string;
  /** In the order of the columns. */
  values: readonly number[];
}

/** Scores take milliseconds a cell, so they are written together, ms. */
const WRITE_EVERY = 5000;
const DIGITS = 8;

/**
 * Scores the cells that are missing in a file, in this process, which has the file alone until it is done; may be killed
 * and started again.
 *
 * @throws Error when another process writes to the file, when it has other columns, is damaged, or cannot be written
 */
export async function measureScores(measurement: ScoreMeasurement): Promise<void> {
  const { space, positions, columns, file, report, note } = measurement;
  const store = await openStore(file, scoresOf(columns));
  try {
    if (store.torn !== undefined) note?.(tornNote(file, store.torn));
    const missing = positions.filter((position) => !store.records.has(space.ids[position]!));
    if (missing.length === 0) return;
    const score = await measurement.prepare();
    let scored: ScoredCell[] = [];
    const began = Date.now();
    let written = began;
    for (const [done, position] of missing.entries()) {
      await setImmediate(); // so that the hold on the file is renewed, and a signal heard
      const id = space.ids[position]!;
      const scores = score(space.operations[position]!, id);
      scored.push({ id, architecture: space.cells[position]!, values: columns.map((name) => scores[name]!) });
      if (Date.now() - written < WRITE_EVERY && done + 1 < missing.length) continue;
      await store.add(...scored);
      scored = [];
      written = Date.now();
      report?.(done + 1, missing.length, (written - began) / 1000);
    }
  } finally {
    await store.close();
  }
}

function scoresOf(columns: readonly string[]): RecordKind<number, ScoredCell> {
  return {
    title: `scores ${columns.join(', ')}`,
    header: ['id', 'architecture', ...columns].join(','),
    key: ({ id }) => id,
    format: ({ id, architecture, values }) =>
      [id, architecture, ...values.map((value) => value.toPrecision(DIGITS))].join(','),
    parse(line) {
      const [id, architecture, ...values] = splitFields(line);
      const numbers = [id!, ...values].map(decimal);
      if (values.length !== columns.length || !numbers.every(Number.isFinite)) return;
      return { id: numbers[0]!, architecture: architecture!, values: numbers.slice(1) };
    },
    describe: ({ id, values }) => `id ${id}: ${values.join(' ')}`,
  };
}
