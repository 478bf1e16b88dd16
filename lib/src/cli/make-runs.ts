import { availableParallelism } from 'node:os';
import type { Benchmark } from '../benchmarks/benchmark';
import { Ablation, variantRuns, type AblationPlan, type Variant } from '../experiments/ablation';
import { plannedRuns, seedsFrom, type Run, type RunPlan } from '../experiments/run';
import type { RunRecord } from '../experiments/run-record';
import { RunSet } from '../experiments/run-set';
import { RunStore } from '../experiments/run-store';
import { planStacks } from '../experiments/stack-plan';
import { loadAccuracies } from '../tables/accuracies';
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
  if (missing.length > 0) await store.repair(missing);
  await computeStacks(planStacks(missing, workers), {
    workers,
    folder: store.folder,
    tables: store.tables,
    extension,
    onChange: (state) => progress?.(describePool(state)),
  });
  return store.find(wanted);
}

/** What a set of runs is asked for by: runs of several methods at several N, with the seeds 1, 2, …, looked at with one K. */
export interface RunSetPlan extends Omit<RunPlan, 'space' | 'seeds'> {
  repeats: number;
  /** K. */
  top: number;
}

/** The runs of a plan on a benchmark as a set; those that are missing are made first (see `makeRuns`). */
export async function makeRunSet(
  benchmark: Benchmark,
  { repeats, top, ...plan }: RunSetPlan,
  options: MakeRunsOptions = {},
): Promise<RunSet> {
  const accuracies = loadAccuracies(benchmark, plan.dataset, { label: plan.label });
  const wanted = plannedRuns({ ...plan, space: benchmark.name, seeds: seedsFrom(1, repeats) });
  return new RunSet(accuracies, await makeRuns(wanted, options), top);
}

/** The variants of an ablation; runs that are missing are made first (see `makeRuns`). */
export async function makeAblation(
  plan: AblationPlan,
  variants: readonly Variant[],
  options: MakeRunsOptions = {},
): Promise<Ablation> {
  const wanted = variants.flatMap((variant) => variantRuns(plan, variant));
  return new Ablation(plan, await makeRuns(wanted, options));
}
