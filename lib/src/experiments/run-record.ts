import { DEEPEST_LOOK, type Evaluation } from '../search/evaluation';
import type { Run } from './run';
import type { TableHashes } from './run-data';
import type { Versions } from './versions';

/**
 * A run and what it gave: one line of `data/runs`. A value that is no number (a correlation of predictions that are all
 * equal) is absent. A method without a final ranking has none of its evaluation but `deployedAccuracy`, with one entry: of
 * the cells that it trained.
 */
export interface RunRecord extends Run, Partial<Evaluation> {
  /** The trained cells in the order in which they were sampled, by the benchmark's id. */
  pool: number[];
  /** Cells that top sampling scored while training (Table 1). */
  scoredCells?: number;
  /** Different cells whose code was read, and what these codes cost in full trainings (protocol §4.1). */
  codesUsed: number;
  codesInTrainings: number;
  /** Wall time of the stack divided by its repeats, and these. */
  seconds: number;
  stack: number;
  /**
   * Processor time of the stack divided by its repeats, which other programs lengthen far less than `seconds`; absent from
   * records that are older than this field.
   */
  processorSeconds?: number;
  /** All settings of the method. */
  settings: object;
  /** The contents that it was made on. */
  tables: TableHashes;
  versions: Versions;
  /** Day of the run, ISO 8601. */
  date: string;
}

/** Values for k = 1 … 200 as steps, `[[k, percent], …]`: a new pair only where the value changes. */
type Steps = [number, number][];

type StoredRecord = Omit<RunRecord, 'bestAccuracy' | 'deployedAccuracy'> & {
  bestAccuracy?: Steps;
  deployedAccuracy?: Steps;
};

/** A record as one line of JSON, without newline. Numbers are rounded to 4 decimals (1e-4 of a percent). */
export function formatRecord(record: RunRecord): string {
  const stored: StoredRecord = {
    ...record,
    bestAccuracy: record.bestAccuracy && stepsOf(record.bestAccuracy),
    deployedAccuracy: record.deployedAccuracy && stepsOf(record.deployedAccuracy),
    spearman: round(record.spearman),
    psp: round(record.psp),
    kendall: round(record.kendall),
    codesInTrainings: round(record.codesInTrainings)!,
    seconds: round(record.seconds)!,
    processorSeconds: round(record.processorSeconds),
  };
  return JSON.stringify(stored); // leaves out what is undefined
}

/** Reads a line of `formatRecord`. Throws an Error that says what is wrong with it. */
export function parseRecord(line: string): RunRecord {
  const stored = JSON.parse(line) as StoredRecord;
  const texts = ['space', 'dataset', 'label', 'preset', 'codes', 'method'] as const;
  const wrong =
    texts.find((field) => typeof stored[field] !== 'string') ??
    (['budget', 'seed'] as const).find((field) => !Number.isInteger(stored[field])) ??
    (['settings', 'tables', 'changes'] as const).find((field) => typeof stored[field] !== 'object') ??
    (!Array.isArray(stored.pool) || stored.pool.length === 0 ? 'pool' : undefined) ??
    (['bestAccuracy', 'deployedAccuracy'] as const).find((field) => stored[field] && stored[field]?.[0]?.[0] !== 1);
  if (wrong) throw new Error(`field "${wrong}" is missing or wrong`);
  const { bestAccuracy, deployedAccuracy, ...rest } = stored;
  const record: RunRecord = rest;
  if (bestAccuracy) record.bestAccuracy = unfold(bestAccuracy);
  if (deployedAccuracy) record.deployedAccuracy = bestAccuracy ? unfold(deployedAccuracy) : [deployedAccuracy[0]![1]];
  return record;
}

/**
 * The paper's score of a run: the best accuracy among the first K cells of its final ranking, percent.
 *
 * @throws Error for a method without a final ranking
 */
export function bestOfTop({ bestAccuracy, method }: Pick<RunRecord, 'bestAccuracy' | 'method'>, top: number): number {
  if (!bestAccuracy) throw new Error(`the method ${method} ends without a ranking, so there are no first ${top} cells`);
  return bestAccuracy[top - 1]!;
}

function stepsOf(values: readonly number[]): Steps {
  return values.flatMap((value, i): Steps => (i > 0 && value === values[i - 1] ? [] : [[i + 1, round(value)!]]));
}

function unfold(steps: Steps): number[] {
  return steps.flatMap(([from, value], i) => {
    const until = steps[i + 1]?.[0] ?? DEEPEST_LOOK + 1;
    return new Array<number>(until - from).fill(value);
  });
}

/** To 4 decimals; a value that is no number becomes absent. */
function round(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : Math.round(value * 1e4) / 1e4;
}
