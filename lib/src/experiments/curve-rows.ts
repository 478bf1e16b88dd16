import { randomSearch } from '../search/random-search';
import { bestOfTop, type RunRecord } from './run-record';
import { groupBy } from '../statistics/group-by';
import { bootstrapInterval, mean, std, type Interval } from '../statistics/intervals';

/** One point of a curve. */
export interface CurvePoint {
  /** A method, or 'random'. */
  method: string;
  /** N; 0 for random search. */
  budget: number;
  /** K. */
  top: number;
  /** True trainings spent, N + K. */
  x: number;
  /** Mean and population standard deviation over the repeats of the best accuracy found, percent. */
  mean: number;
  std: number;
  /** 95 % bootstrap interval of that mean over the repeats; absent where these are fewer than two. */
  interval?: Interval;
  /**
   * Mean over the repeats of what a user would deploy after training pool and first K cells, percent (see `Evaluation`);
   * absent for random search, whose best cell is both.
   */
  deployed?: number;
  /** Repeats; 0 for an exact expectation. */
  n: number;
}

/**
 * The points of all methods and budgets in some records, at K = `top`; of a method without a final ranking at K = 0. The
 * records should be of one data set, label policy, preset and code source.
 */
export function curvePoints(records: readonly RunRecord[], top: number): CurvePoint[] {
  const groups = groupBy(records, ({ method, budget }) => `${method} ${budget}`);
  return [...groups.values()].map((group) => {
    const { method, budget, bestAccuracy } = group[0]!;
    const looks = bestAccuracy ? top : 0;
    const deployed = group.flatMap(({ deployedAccuracy }) => deployedAccuracy?.[Math.max(looks, 1) - 1] ?? []);
    const best = bestAccuracy ? group.map((record) => bestOfTop(record, top)) : deployed;
    return {
      method,
      budget,
      top: looks,
      x: budget + looks,
      mean: mean(best),
      std: std(best),
      interval: best.length < 2 ? undefined : bootstrapInterval(best),
      deployed: deployed.length === group.length ? mean(deployed) : undefined,
      n: group.length,
    };
  });
}

/** Random search with as many trainings, as the exact expectation (protocol §5.5). */
export function randomPoints(accuracies: ArrayLike<number>, trainings: readonly number[]): CurvePoint[] {
  return trainings.map((x) => {
    const expected = randomSearch(accuracies, x);
    return { method: 'random', budget: 0, top: x, x, mean: expected, std: 0, n: 0 };
  });
}
