import type { GraphEncoding } from '../../benchmarks/search-space';
import { type Kernel, LEVEL_VARIANCE } from './kernel';
import { drawGains, PATH_SUM_SETTINGS, pathSums } from './path-sums';

/** A cell without a way from input to output has no logarithm: it lies this far below the least that has one. */
const BELOW_LEAST = 1;

/**
 * The kernel of Bayesian linear regression on the logarithms of path sums: k(x, x') = mean of f·f' over the gain vectors
 * + 1, each feature f standardised over the cells compared.
 *
 * @param cells the cells compared, by position
 */
export function pathSumKernel(graphs: GraphEncoding, cells: ArrayLike<number>, settings = PATH_SUM_SETTINGS): Kernel {
  const features = logPathFeatures(pathSums(graphs, cells, drawGains(graphs, settings)), settings.gains);
  const { gains } = settings;
  const count = cells.length;
  const covariance = (a: number, b: number): number => {
    const [first, second] = [a * gains, b * gains];
    let even = 0; // two sums, since each addition waits for the one before it
    let odd = 0;
    for (let g = 0; g < gains; g += 2) {
      even += features[first + g]! * features[second + g]!;
      odd += features[first + g + 1]! * features[second + g + 1]!;
    }
    return (even + odd) / gains + LEVEL_VARIANCE;
  };
  return {
    count,
    diagonal: Float64Array.from({ length: count }, (_, cell) => covariance(cell, cell)),
    row: (cell) => Float64Array.from({ length: count }, (_, other) => covariance(cell, other)),
  };
}

/**
 * Logarithms of path sums `[count, gains]`, each column standardised; no variance makes 0. In float32, since a row of the
 * kernel reads all of them: it takes as long as memory does.
 */
function logPathFeatures(sums: Float64Array, gains: number): Float32Array {
  const count = sums.length / gains;
  const features = sums.map(Math.log);
  for (let g = 0; g < gains; g++) {
    let least = Infinity;
    for (let i = g; i < features.length; i += gains) {
      if (features[i]! > -Infinity) least = Math.min(least, features[i]!);
    }
    const floor = least === Infinity ? 0 : least - BELOW_LEAST;
    let [total, squares] = [0, 0];
    for (let i = g; i < features.length; i += gains) {
      features[i] = Math.max(features[i]!, floor);
      total += features[i]!;
    }
    const mean = total / count;
    for (let i = g; i < features.length; i += gains) squares += (features[i]! - mean) ** 2;
    const deviation = Math.sqrt(squares / count);
    for (let i = g; i < features.length; i += gains) {
      features[i] = deviation === 0 ? 0 : (features[i]! - mean) / deviation;
    }
  }
  return Float32Array.from(features);
}
