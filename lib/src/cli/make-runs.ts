import { availableParallelism } from 'node:os';
import type { Run } from '../experiments/run';
import type { RunRecord } from '../experiments/run-record';
import { RunStore } from '../experiments/run-store';
import { planStacks } from '../experiments/stack-plan';
import { computeStacks } from './compute-stacks';
import { describePool } from './pool-progress';

/** Options of `makeRuns`. */
export interface MakeRunsOptions {
  /** Where records are and are kept; `data/runs` by default. */
  store?: RunStore;
  /** A module of one's own that the processes have to load: see `loadExtension`. Absolute. */
  extension?: string;
  /** Processes of one thread each; one a core by default. */
  workers?: number;
  /** Told in a line how far the work is; not called when all is there. */
  progress?: (line: string) => void;
}

/**
 * The records of some runs, for notebooks: those that are missing are made first, in worker processes, and kept.
 *
 * @returns in the order of the runs
 * @throws Error when a worker fails or dies; what was finished is kept
 */
export async function makeRuns(wanted: readonly Run[], options: MakeRunsOptions = {}): Promise<RunRecord[]> {
  const { store = new RunStore(), extension, workers = availableParallelism(), progress } = options;
  const { missing, passedOver } = store.lookUp(wanted);
  for (const [reason, count] of Object.entries(passedOver)) progress?.(`${count} records are passed over: ${reason}`);
  if (missing.length > 0) await store.repair();
  await computeStacks(planStacks(missing, workers), {
    workers,
    folder: store.folder,
    tables: store.tables,
    extension,
    onChange: (state) => progress?.(describePool(state)),
  });
  return store.find(wanted);
}
