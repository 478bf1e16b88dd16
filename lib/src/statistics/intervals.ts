/**
 * The numbers behind every claim: means, spreads, intervals and paired tests. All chance comes from a seed, so
 * that a figure drawn twice from the same records says the same.
 */
import { mean as meanOf, quantileSorted, standardDeviation } from 'simple-statistics';
import { Random } from '../tensors/random';

const TAIL = 0.025; // on each side of a 95 % interval

/** Bootstrap resamples unless said otherwise; enough that the ends of an interval move by about 1 % of its width. */
export const RESAMPLES = 2000;

const FLIPS = 20_000; // sign flips drawn where not all can be tried
const LARGEST_EXACT = 15; // 2¹⁵ sign patterns are tried one by one

/** A 95 % interval. */
export interface Interval {
  low: number;
  high: number;
}

/** What chance a resampling method gets: its seed, and how many draws it makes. */
export interface Resampling {
  /** default 0 */
  seed?: number;
  /** default RESAMPLES */
  resamples?: number;
}

/** How one method differs from another over repeats that saw the same chance, in the unit of the values. */
export interface PairedDifference extends Interval {
  /** pairs */
  n: number;
  /** mean of first − second */
  mean: number;
  /** population standard deviation of the differences */
  std: number;
  /** two-sided p of the sign-flip test, that the mean is 0 or the margin asked for */
  p: number;
}

/** Arithmetic mean. Throws when there are no values. */
export function mean(values: ArrayLike<number>): number {
  return meanOf(Array.from(values));
}

/** Population standard deviation, as the paper's bands use it (protocol §5.1). Throws when there are no values. */
export function std(values: ArrayLike<number>): number {
  return standardDeviation(Array.from(values));
}

/**
 * 95 % percentile bootstrap interval of the mean, or of another statistic of the values.
 *
 * @throws RangeError when there are no values
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  options: Resampling & {
    /** receives one resample, of as many values; it must not keep the array */
    statistic?: (resample: Float64Array) => number;
  } = {},
): Interval {
  const { seed = 0, resamples = RESAMPLES, statistic = mean } = options;
  const n = values.length;
  if (n === 0) throw new RangeError('there are no values to resample');
  const random = new Random(seed, 'bootstrap');
  const resample = new Float64Array(n);
  const found = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) resample[i] = values[random.integer(n)]!;
    found[r] = statistic(resample);
  }
  return percentileInterval(found);
}

/**
 * Compares two methods whose i-th values share their chance (equal seeds): mean of first − second, its 95 % bootstrap
 * interval, and the p of the sign-flip test.
 *
 * @param options.margin difference that p tests against; default 0
 * @throws RangeError when the two differ in length or are empty
 */
export function pairedDifference(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  options: Resampling & { margin?: number } = {},
): PairedDifference {
  const { margin = 0, seed } = options;
  if (first.length !== second.length || first.length === 0) {
    throw new RangeError(`a paired comparison needs equally many values, got ${first.length} and ${second.length}`);
  }
  const differences = Float64Array.from(first, (value, i) => value - second[i]!);
  return {
    n: differences.length,
    mean: mean(differences),
    std: std(differences),
    ...bootstrapInterval(differences, options),
    p: signFlipP(
      differences.map((difference) => difference - margin),
      seed,
    ),
  };
}

/**
 * Two-sided p of the paired permutation test: how often the mean of the differences would be as far from 0 if each had
 * its sign by chance. Exact up to 15 pairs, beyond that from 20,000 seeded flips with the observed one counted in.
 */
export function signFlipP(differences: ArrayLike<number>, seed = 0): number {
  const n = differences.length;
  let sum = 0;
  let size = 0;
  for (let i = 0; i < n; i++) {
    sum += differences[i]!;
    size += Math.abs(differences[i]!);
  }
  const least = Math.abs(sum) - 1e-12 * size; // sums of the same numbers in another order differ by rounding
  let asFar = 0;
  if (n <= LARGEST_EXACT) {
    for (let pattern = 0; pattern < 2 ** n; pattern++) {
      let flipped = 0;
      for (let i = 0; i < n; i++) flipped += (pattern >> i) & 1 ? -differences[i]! : differences[i]!;
      if (Math.abs(flipped) >= least) asFar++;
    }
    return asFar / 2 ** n;
  }
  const random = new Random(seed, 'sign flips');
  for (let draw = 0; draw < FLIPS; draw++) {
    let flipped = 0;
    for (let i = 0; i < n; i++) flipped += random.uniform() < 0.5 ? -differences[i]! : differences[i]!;
    if (Math.abs(flipped) >= least) asFar++;
  }
  return (asFar + 1) / (FLIPS + 1);
}

/** The 95 % interval of a statistic's values in bootstrap resamples, which it sorts. Throws when there are none. */
export function percentileInterval(found: Float64Array): Interval {
  const sorted = Array.from(found.sort());
  return { low: quantileSorted(sorted, TAIL), high: quantileSorted(sorted, 1 - TAIL) };
}
