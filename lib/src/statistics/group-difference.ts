import { Random } from '../tensors/random';
import { percentileInterval, RESAMPLES, type Interval, type Resampling } from './intervals';

/** By how much a statistic of one group is above that of another; its 95 % interval is `low` to `high`. */
export interface GroupDifference extends Interval {
  /** The statistic of each group as it is. */
  first: number;
  second: number;
  value: number;
  /** Values of both groups together. */
  n: number;
}

/**
 * Compares a statistic, such as a spread or a maximum, of two groups that have nothing to do with each other: the first's
 * less the second's, and its percentile bootstrap interval, values of each group resampled on their own.
 *
 * A resampled maximum is never above the one seen, so an interval of maxima reaches further down than up.
 *
 * @param statistic receives one resample; it must not keep the array
 * @param options.noise standard deviation of a single value's own error: each group's statistic gets a normal error of
 *   it in each resample. For a maximum, which hangs on one value that resampling hardly moves, or on the only one
 * @throws RangeError when a group is empty
 */
export function groupDifference(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  statistic: (values: ArrayLike<number>) => number,
  options: Resampling & { noise?: number } = {},
): GroupDifference {
  const { seed = 0, resamples = RESAMPLES, noise = 0 } = options;
  const groups = [first, second];
  if (groups.some(({ length }) => length === 0)) throw new RangeError('a group to be compared is empty');
  const random = new Random(seed, 'group bootstrap');
  const drawn = groups.map(({ length }) => new Float64Array(length));
  const differences = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const [a, b] = groups.map((values, g) => {
      const resample = drawn[g]!;
      for (let i = 0; i < resample.length; i++) resample[i] = values[random.integer(values.length)]!;
      return statistic(resample) + noise * random.normal();
    });
    differences[r] = a! - b!;
  }
  const [one, other] = groups.map((values) => statistic(values));
  const n = first.length + second.length;
  return { first: one!, second: other!, value: one! - other!, n, ...percentileInterval(differences) };
}
