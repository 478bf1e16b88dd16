/** What makes a cell worth a training, given what a model believes of it. */
import { Random } from '../../tensors/random';

/** A function that turns beliefs into the worth of a training, the higher the better. */
export type Acquisition = 'expected-improvement' | 'upper-bound' | 'thompson';

/** What an expert believes a training would show, in normal scores, by candidate; and how far it is believed. */
export interface Opinion {
  mean: Float64Array;
  deviation: Float64Array;
  /** Probability that this expert is right; those of all sum to 1. */
  weight: number;
}

/** What experts believe of a candidate, each as far as it is believed. */
export function mixedMean(opinions: readonly Opinion[], candidate: number): number {
  return opinions.reduce((sum, { mean, weight }) => sum + weight * mean[candidate]!, 0);
}

/** Standard deviations that the upper bound lies above the mean. */
const UPPER_BOUND_DEVIATIONS = 1;

/**
 * The worth of training a candidate: the logarithm of the expected improvement over the best; the mean over experts of
 * mean + deviation; or a number drawn from one expert's belief, the same expert for all candidates (independently for
 * each, as in BANANAS).
 *
 * @param best the highest seen so far
 * @returns a function of the candidate's number, and of a worth: below that, −∞ will do for an answer
 */
export function worth(
  acquisition: Acquisition,
  opinions: readonly Opinion[],
  best: number,
  random: Random,
): (candidate: number, atLeast: number) => number {
  if (acquisition === 'expected-improvement') {
    return (candidate, atLeast) => logMixedImprovement(opinions, candidate, best, atLeast);
  }
  if (acquisition === 'upper-bound') {
    return (candidate) =>
      opinions.reduce(
        (sum, { mean, deviation, weight }) =>
          sum + weight * (mean[candidate]! + UPPER_BOUND_DEVIATIONS * deviation[candidate]!),
        0,
      );
  }
  let left = random.uniform();
  const { mean, deviation } = opinions.find(({ weight }) => (left -= weight) < 0) ?? opinions[0]!;
  return (candidate) => mean[candidate]! + deviation[candidate]! * random.normal();
}

/**
 * ln of the expected improvement where experts disagree: that of each, weighted.
 *
 * @param atLeast −∞ is returned, and little computed, where no expert's is as high
 */
export function logMixedImprovement(
  opinions: readonly Opinion[],
  candidate: number,
  best: number,
  atLeast = -Infinity,
): number {
  // The mean over experts is at most the highest of them.
  if (!opinions.some((each) => improvementBound(each.mean[candidate]!, each.deviation[candidate]!, best) >= atLeast)) {
    return -Infinity;
  }
  let total = -Infinity;
  for (const { mean, deviation, weight } of opinions) {
    if (weight === 0) continue;
    const own = Math.log(weight) + logExpectedImprovement(mean[candidate]!, deviation[candidate]!, best);
    const high = Math.max(total, own);
    total = high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(total, own) - high));
  }
  return total;
}

/**
 * ln E[max(0, y − best)] for y ~ N(mean, deviation²), exact where the expectation itself would round to 0: with
 * u = (mean − best) / deviation it is ln deviation + ln(φ(u) + u Φ(u)) (Jones et al. 1998; why the logarithm: Ament et
 * al. 2023).
 *
 * @param deviation above 0
 */
export function logExpectedImprovement(mean: number, deviation: number, best: number): number {
  const u = (mean - best) / deviation;
  const logDensity = -(u * u) / 2 - Math.log(2 * Math.PI) / 2;
  if (u > -2) return Math.log(deviation * (Math.exp(logDensity) + u * normalBelow(u)));
  return Math.log(deviation) + logDensity + Math.log(1 + u * tailRatio(-u));
}

/**
 * At least ln of the expected improvement, at a fraction of its cost: below the best, φ(u) + u Φ(u) ≤ φ(u) < 0.4, and
 * ln x ≤ x − 1.
 */
function improvementBound(mean: number, deviation: number, best: number): number {
  const u = (mean - best) / deviation;
  return u < 0 ? deviation - 1 - u ** 2 / 2 + Math.log(0.4) : Infinity;
}

/** Φ(u), for u > −2: ½ + φ(u) (u + u³/3 + u⁵/15 + …). */
function normalBelow(u: number): number {
  if (u > 8) return 1;
  let [term, sum] = [u, u];
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (u * u) / k;
    sum += term;
  }
  return 0.5 + (Math.exp(-(u * u) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

/** Terms of the fraction, times t²: what it leaves out falls with exp(−2t√(2 · terms)), here e⁻⁴³, below rounding. */
const TAIL_TERMS = 240;

/** (1 − Φ(t)) / φ(t), for t ≥ 2, by Laplace's continued fraction 1/(t + 1/(t + 2/(t + 3/(t + …)))). */
function tailRatio(t: number): number {
  let fraction = t;
  for (let k = Math.ceil(TAIL_TERMS / t ** 2); k >= 1; k--) fraction = t + k / fraction;
  return 1 / fraction;
}
