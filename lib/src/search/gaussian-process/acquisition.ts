/** What makes a cell worth a training, given what a model believes of it. */
import { Random } from '../../tensors/random';

/** A function that turns beliefs into the worth of a training, the higher the better. */
export type Acquisition = 'expected-improvement' | 'upper-bound' | 'thompson';

/** Standard deviations that the upper bound lies above the mean. */
const UPPER_BOUND_DEVIATIONS = 1;

/**
 * The worth of training a cell: the logarithm of the expected improvement over the best, mean + deviation, or a number
 * drawn from the belief (independently for each cell).
 *
 * @param mean and deviation of what a training would show
 * @param best the highest seen so far
 */
export function worth(acquisition: Acquisition, mean: number, deviation: number, best: number, random: Random): number {
  if (acquisition === 'upper-bound') return mean + UPPER_BOUND_DEVIATIONS * deviation;
  if (acquisition === 'thompson') return mean + deviation * random.normal();
  return logExpectedImprovement(mean, deviation, best);
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

/** (1 − Φ(t)) / φ(t), for t ≥ 2, by Laplace's continued fraction 1/(t + 1/(t + 2/(t + 3/(t + …)))). */
function tailRatio(t: number): number {
  let fraction = t;
  for (let k = 60; k >= 1; k--) fraction = t + k / fraction;
  return 1 / fraction;
}
