import { checkPairs, denseRanks, weightedSpearman } from '../statistics/rank-correlation';
import { Random } from '../tensors/random';
import { percentileInterval, RESAMPLES, type Interval, type Resampling } from '../statistics/intervals';

/** Spearman's correlation of a source with a target; its 95 % interval is `low` to `high`. */
export interface SourceCorrelation extends Interval {
  /** pairs of values */
  n: number;
  /** ties averaged; NaN where the source, or the target, has one value only */
  spearman: number;
  /** the correlation in each bootstrap resample; NaN where the resample has one value only */
  resampled: Float64Array;
}

/** By how much one correlation is above another, with a 95 % interval. */
export interface SpearmanDifference extends Interval {
  /** pairs of values that they were computed from */
  n: number;
  difference: number;
}

/** What `compareRanks` needs beside the values. */
export interface RankComparisonOptions extends Resampling {
  /**
   * A number for each pair; pairs with the same number are drawn together. For cells that make the same network and so
   * share a measurement: as independent draws they would make the interval too narrow. Default: each pair on its own.
   */
  groups?: ArrayLike<number>;
}

/**
 * Spearman's correlation of several sources with one target, all on the same bootstrap resamples, so that two of them
 * can be compared in pairs by {@link spearmanDifference}. Protocol §6.4: a claim about codes needs FLOPs on the same cells.
 *
 * @param sources by name, each with one value a pair, meant to rise with the target
 * @param target the value to be ranked, such as the accuracies
 * @throws RangeError when lists differ in length, have fewer than two values, or a value is not a number
 */
export function compareRanks<Name extends string>(
  sources: Readonly<Record<Name, ArrayLike<number>>>,
  target: ArrayLike<number>,
  { seed = 0, resamples = RESAMPLES, groups = Array.from(target, (_, i) => i) }: RankComparisonOptions = {},
): Record<Name, SourceCorrelation> {
  checkPairs(groups, target);
  const n = target.length;
  const wanted = denseRanks(target);
  const ranked = Object.entries<ArrayLike<number>>(sources).map(([name, values]) => {
    checkPairs(values, target);
    return { name, ranks: denseRanks(values), resampled: new Float64Array(resamples) };
  });
  const group = denseRanks(groups);
  const drawn = new Int32Array(new Set(group).size);
  const random = new Random(seed, 'spearman bootstrap');
  for (let r = 0; r < resamples; r++) {
    drawn.fill(0);
    for (let i = 0; i < drawn.length; i++) drawn[random.integer(drawn.length)]!++;
    const times = group.map((number) => drawn[number]!);
    for (const { ranks, resampled } of ranked) resampled[r] = weightedSpearman(ranks, wanted, times);
  }
  const once = new Int32Array(n).fill(1);
  return Object.fromEntries(
    ranked.map(({ name, ranks, resampled }) => [
      name,
      { n, spearman: weightedSpearman(ranks, wanted, once), resampled, ...intervalOf(resampled) },
    ]),
  ) as Record<Name, SourceCorrelation>;
}

/**
 * 95 % percentile bootstrap interval of `spearman`, pairs resampled together. A value's rank within a resample follows
 * from how often each value was drawn, so nothing is sorted again: n = 15,625 takes a few seconds.
 *
 * @throws RangeError as `compareRanks` does
 */
export function spearmanInterval(a: ArrayLike<number>, b: ArrayLike<number>, options: Resampling = {}): Interval {
  return percentileInterval(compareRanks({ a }, b, options).a.resampled);
}

/**
 * |Spearman| of the first less that of the second, over the same resamples: the sign of a source is a convention, its
 * strength is not.
 *
 * @param first from `compareRanks`
 * @param second from the same call
 * @throws RangeError when the two are not of one comparison
 */
export function spearmanDifference(first: SourceCorrelation, second: SourceCorrelation): SpearmanDifference {
  if (first.n !== second.n || first.resampled.length !== second.resampled.length) {
    throw new RangeError(`correlations of one comparison are needed, got n = ${first.n} and n = ${second.n}`);
  }
  const differences = first.resampled.map((value, r) => Math.abs(value) - Math.abs(second.resampled[r]!));
  const difference = Math.abs(first.spearman) - Math.abs(second.spearman);
  return { n: first.n, difference, ...intervalOf(differences) };
}

/**
 * The correlation of one set of cells less that of another set, which shares none with it, as it is and with its sign: is a
 * source better among these cells than among those? Each set is resampled on its own.
 *
 * @param first from `compareRanks`
 * @param second from another call with another seed: with the same one both would draw alike
 * @throws RangeError when the two have different numbers of resamples
 */
export function disjointSpearmanDifference(first: SourceCorrelation, second: SourceCorrelation): SpearmanDifference {
  if (first.resampled.length !== second.resampled.length) {
    throw new RangeError(
      `equally many resamples are needed, got ${first.resampled.length} and ${second.resampled.length}`,
    );
  }
  const differences = first.resampled.map((value, r) => value - second.resampled[r]!);
  return { n: first.n + second.n, difference: first.spearman - second.spearman, ...intervalOf(differences) };
}

/** Over the resamples that have a correlation; NaN where none has. */
function intervalOf(resampled: Float64Array): Interval {
  const defined = resampled.filter((value) => !Number.isNaN(value));
  return defined.length > 0 ? percentileInterval(defined) : { low: NaN, high: NaN };
}
