import { bootstrapInterval, type Interval, type Resampling } from '../statistics/intervals';
import { spearman } from '../statistics/rank-correlation';
import type { MeasuredNetworks } from '../tables/measured-networks';
import { spearmanInterval } from './rank-comparison';

/** How far two trainings of the same networks agree that differ in nothing but the seed. */
export interface SeedNoise {
  /** Networks trained with both seeds. */
  n: number;
  /** Standard deviation of one training about its network's mean, percent points: √(Σd² / 2n); NaN where n is 0. */
  std: number;
  stdInterval: Interval;
  /**
   * Spearman's correlation of the two: what any forecast of one training is measured against. One that knew each network's
   * own mean would be correlated with one training by about the root of it.
   */
  spearman: number;
  spearmanInterval: Interval;
}

/** Fewest networks of which a correlation and its interval are computed. */
const FEWEST = 3;

const NO_INTERVAL: Interval = { low: NaN, high: NaN };

/**
 * The noise of a single training, from networks that two tables share.
 *
 * @param first a table, or a part of one
 * @param least percent: only networks whose first accuracy is at least that
 */
export function seedNoise(
  first: Pick<MeasuredNetworks, 'positions' | 'accuracies'>,
  second: Pick<MeasuredNetworks, 'positions' | 'accuracies'>,
  { least = 0, ...resampling }: Resampling & { least?: number } = {},
): SeedNoise {
  const others = new Map(Array.from(second.positions, (position, i) => [position, second.accuracies[i]!]));
  const pairs = Array.from(
    first.positions,
    (position, i) => [first.accuracies[i]!, others.get(position)] as const,
  ).flatMap(([one, other]) => (other === undefined || one < least ? [] : [[one, other] as const]));
  const [one, other] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)];
  const n = pairs.length;
  const squares = pairs.map(([a, b]) => (a - b) ** 2 / 2);
  const rootMean = (values: ArrayLike<number>): number =>
    Math.sqrt(Array.from(values).reduce((sum, value) => sum + value, 0) / values.length);
  return {
    n,
    std: rootMean(squares),
    stdInterval: n === 0 ? NO_INTERVAL : bootstrapInterval(squares, { ...resampling, statistic: rootMean }),
    spearman: n < FEWEST ? NaN : spearman(one, other),
    spearmanInterval: n < FEWEST ? NO_INTERVAL : spearmanInterval(one, other, resampling),
  };
}
