import { DEEPEST_LOOK, type Evaluation } from '../search/evaluation';
import type { Run, RunSettings } from './run';

/** What computed a run. */
export interface Versions {
  /** Version of this package. */
  package: string;
  /** Engine, version and device. */
  backend: string;
  /** Instruction set of the fused operations, where they are used and since it is recorded. */
  instructions?: string;
  node: string;
  /** Threads of the engine; 0 where it was left to choose. */
  threads: number;
}

/** A run and what it gave: one line of `data/runs`. */
export interface RunRecord extends Run, Evaluation {
  /** The trained cells in the order in which they were sampled, by the benchmark's id. */
  pool: number[];
  /** Cells that top sampling scored while training (Table 1). */
  scoredCells: number;
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
  settings: RunSettings;
  versions: Versions;
  /** Day of the run, ISO 8601. */
  date: string;
}

/** Best accuracies as steps, `[[k, percent], …]`: a new pair only where the best changes. */
type Steps = [number, number][];

type StoredRecord = Omit<RunRecord, 'bestAccuracy'> & { bestAccuracy: Steps };

/** A record as one line of JSON, without newline. Numbers are rounded to 4 decimals (1e-4 of a percent). */
export function formatRecord(record: RunRecord): string {
  const steps: Steps = [];
  record.bestAccuracy.forEach((accuracy, i) => {
    if (i === 0 || accuracy !== record.bestAccuracy[i - 1]) steps.push([i + 1, round(accuracy)]);
  });
  const stored: StoredRecord = {
    ...record,
    bestAccuracy: steps,
    spearman: round(record.spearman),
    psp: round(record.psp),
    codesInTrainings: round(record.codesInTrainings),
    seconds: round(record.seconds),
    ...(record.processorSeconds !== undefined && { processorSeconds: round(record.processorSeconds) }),
  };
  return JSON.stringify(stored);
}

/** Reads a line of `formatRecord`. Throws an Error that says what is wrong with it. */
export function parseRecord(line: string): RunRecord {
  const stored = JSON.parse(line) as StoredRecord;
  const texts = ['space', 'dataset', 'label', 'preset', 'codes', 'method'] as const;
  const wrong =
    texts.find((field) => typeof stored[field] !== 'string') ??
    (['budget', 'seed'] as const).find((field) => !Number.isInteger(stored[field])) ??
    (['pool', 'bestAccuracy'] as const).find((field) => !Array.isArray(stored[field]) || stored[field].length === 0);
  if (wrong || stored.bestAccuracy[0]![0] !== 1)
    throw new Error(`field "${wrong ?? 'bestAccuracy'}" is missing or wrong`);
  const bestAccuracy: number[] = [];
  stored.bestAccuracy.forEach(([from, accuracy], i, steps) => {
    const until = steps[i + 1]?.[0] ?? DEEPEST_LOOK + 1;
    for (let look = from; look < until; look++) bestAccuracy.push(accuracy);
  });
  return { ...stored, bestAccuracy };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
