import { findBenchmark } from '../benchmarks/registry';
import { findMethod } from '../search/methods';
import { groupBy } from '../statistics/group-by';
import { stackId, type Run } from './run';

/** Runs that are trained side by side in one process. */
export interface Stack {
  runs: readonly Run[];
  /** What training and final ranking are expected to cost, in seconds of one core of the machine of the README. */
  training: number;
  ranking: number;
}

/** Of a method that says nothing of its cost. */
const NO_WORK = { training: 1, ranking: 0 };

/** Repeats of a full stack: more gain little and lose more when a process is stopped. */
export const STACK_SIZE = 25;

/**
 * Cuts runs into stacks, in the order in which they should be made: first seeds of all points before second helpings,
 * and within that the longest first, so that the last stack does not leave other processes idle for long.
 *
 * @param size most repeats of a stack; the repeats of a point are spread evenly over its stacks
 * @param workers processes; where there are too few runs to keep all busy, stacks become smaller
 */
export function planStacks(runs: readonly Run[], workers: number, size = STACK_SIZE): Stack[] {
  const points = groupBy(runs, stackId);
  const limit = Math.max(1, Math.min(size, Math.ceil(runs.length / workers)));
  const work = ({ training, ranking }: Stack): number => training + ranking;
  return [...points.values()]
    .flatMap((point) => evenParts(point, limit).map((part, round) => ({ round, stack: plan(part) })))
    .sort((a, b) => a.round - b.round || work(b.stack) - work(a.stack))
    .map(({ stack }) => stack);
}

function evenParts<T>(items: readonly T[], limit: number): T[][] {
  const count = Math.ceil(items.length / limit);
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.round((i * items.length) / count), Math.round(((i + 1) * items.length) / count)),
  );
}

function plan(runs: readonly Run[]): Stack {
  const run = runs[0]!;
  const { size } = findBenchmark(run.space).space();
  const { training, ranking } = findMethod(run.method, run).work?.(size, run.budget, runs.length) ?? NO_WORK;
  return { runs, training, ranking };
}
