import path from 'node:path';
import type { Run } from '../experiments/run';
import type { TableOptions } from '../experiments/run-data';
import type { Stack } from '../experiments/stack-plan';
import { runTasks, type PoolState } from '../processes/worker-pool';

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `stack-worker${path.extname(__filename)}`);

/** What a worker is told at its start. */
export interface StackSetup {
  /** Folder of the records. */
  folder: string;
  /** What stands in the place of the benchmarks' tables. */
  tables?: TableOptions;
  /** A module of a user's own, absolute. */
  extension?: string;
}

/** What a worker is told of a stack. */
export interface StackMessage {
  runs: readonly Run[];
  /** Share of the work that the training is, the final ranking being the rest. */
  trainingShare: number;
}

/** Options of `computeStacks`. */
export interface StackOptions extends StackSetup {
  /** Processes of one thread each. */
  workers: number;
  /** Called whenever something has changed. */
  onChange?: (state: PoolState<Stack>) => void;
  /** Stops it at once; stacks in work are lost. */
  signal?: AbortSignal;
}

/**
 * Computes stacks in worker processes, in the order given; each worker keeps the records of a stack when it is finished.
 *
 * @returns true when all stacks are done, false when the signal stopped it
 * @throws Error when a worker fails or dies; the other workers are stopped first
 */
export function computeStacks(stacks: readonly Stack[], options: StackOptions): Promise<boolean> {
  const { folder, tables, extension, workers, onChange, signal } = options;
  return runTasks<StackSetup, Stack, StackMessage, null>({
    module: WORKER,
    setup: { folder, tables, extension },
    tasks: stacks,
    messageOf: ({ runs, training, ranking }) => ({ runs, trainingShare: training / (training + ranking) }),
    workers,
    onChange,
    signal,
  });
}
