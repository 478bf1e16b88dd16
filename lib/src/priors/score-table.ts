import path from 'node:path';
import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { decimal } from '../files/decimal';
import { openStore, type RecordKind } from '../files/keyed-store';
import { isWholeProvenance } from '../files/provenance';
import { splitFields } from '../files/read-csv';
import { type MeasuringOutcome } from '../processes/measuring-progress';
import { cellSeed } from './estimation-code';
import { measureCells, type MeasuringOptions } from './measure-cells';
import { SCORE_KINDS, type Scores } from './score-kinds';
import { cellCheck } from './cell-check';

/** What to score. */
export interface ScoreMeasurement extends MeasuringOptions {
  space: SearchSpace;
  /** A name of `SCORE_KINDS`. */
  kind: string;
  /** The networks that the kind looks at, of a cell by position. */
  networksOf: (position: number) => readonly Network[];
}

/** What a worker is told at its start. */
export interface ScoreSetup {
  kind: string;
}

/** A cell's line in a table of scores. */
interface ScoredCell {
  id: number;
  architecture: string;
  /** In the order of the columns. */
  values: readonly number[];
  /** What measured them (see `provenance`); `unknown` where scores are older than the column. */
  provenance: string;
}

/** Weights follow from this and the cell's id. */
const SEED = 0;
const DIGITS = 8;
/** Scores take milliseconds a cell, so a worker gets some at once, and they are written together. */
const AT_ONCE = 20;

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `score-worker${path.extname(__filename)}`);

/**
 * Scores the cells that are missing in a file (see `measureCells`).
 *
 * @throws Error when another process writes to the file, when it has other columns, is of another space, damaged, or
 *   cannot be written, or when a worker dies
 */
export async function measureScores(measurement: ScoreMeasurement): Promise<MeasuringOutcome> {
  const { space, kind, networksOf } = measurement;
  const { columns } = SCORE_KINDS[kind]!;
  const store = await openStore(measurement.file, scoresOf(columns, space));
  try {
    return await measureCells<ScoreSetup, Scores, ScoredCell>({
      ...measurement,
      store,
      module: WORKER,
      prepare: () => Promise.resolve({ kind }),
      taskOf: (position) => ({ networks: networksOf(position), seed: cellSeed(SEED, space.ids[position]!) }),
      rowOf: (scores, position, provenance) => ({
        id: space.ids[position]!,
        architecture: space.cells[position]!,
        values: columns.map((name) => scores[name]!),
        provenance,
      }),
      atOnce: AT_ONCE,
    });
  } finally {
    await store.close();
  }
}

function scoresOf(columns: readonly string[], space: SearchSpace): RecordKind<number, ScoredCell> {
  const kind: RecordKind<number, ScoredCell> = {
    title: `scores ${columns.join(', ')}`,
    header: ['id', 'architecture', ...columns, 'provenance'].join(','),
    key: ({ id }) => id,
    format: (cell) => `${withoutProvenance(cell)},${cell.provenance}`,
    parse: (line) => parseLine(line, columns.length),
    describe: ({ id, values }) => `id ${id}: ${values.join(' ')}`,
    isWhole: ({ provenance }) => isWholeProvenance(provenance),
    wrong: cellCheck(space),
    // Later versions and other machines have to find the same scores.
    same: (a, b) => withoutProvenance(a) === withoutProvenance(b),
  };
  const earlier: RecordKind<number, ScoredCell> = {
    ...kind,
    header: ['id', 'architecture', ...columns].join(','),
    format: withoutProvenance,
    parse: (line) => parseLine(`${line},unknown`, columns.length),
  };
  return { ...kind, earlier };
}

function withoutProvenance({ id, architecture, values }: ScoredCell): string {
  return [id, architecture, ...values.map((value) => value.toPrecision(DIGITS))].join(',');
}

function parseLine(line: string, count: number): ScoredCell | undefined {
  const [id, architecture, ...values] = splitFields(line);
  const provenance = values.pop();
  const numbers = [id!, ...values].map(decimal);
  if (!provenance || values.length !== count || !numbers.every(Number.isFinite)) return;
  return { id: numbers[0]!, architecture: architecture!, values: numbers.slice(1), provenance };
}
