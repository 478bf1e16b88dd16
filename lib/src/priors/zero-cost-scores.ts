/**
 * Zero-cost scores that look at one pass through a network at fresh weights, as the literature has them: snip, grasp,
 * gradient norm, fisher and jacob_cov of `SamsungLabs/zero-cost-nas` (`foresight/pruners/measures`, after Abdelfattah et
 * al., arXiv:2101.08134), and NASWOT of Mellor et al. (arXiv:2006.04647v3). Batch norms use the batch.
 */
import { weightRanges } from '../convnet/engine';
import { type Network } from '../convnet/network';
import { watchedLayers, type Probe } from '../convnet/probe';
import { cholesky, logDeterminant, traceOfInverse } from '../statistics/cholesky';

/** Scores of a network before any training; the last three look at units before a ReLU, and are not there without any. */
export interface ZeroCostScores {
  /** Σ over the weights θ of convolutions and dense layer of |θ · g|, g the gradient of the mean loss (`snip.py`). */
  snip: number;
  /**
   * −θ · (H g), H the Hessian over these weights (`grasp.py`); as −g · (H θ), which is the same for a symmetric H. H g has
   * to be known to many digits, since the parts of convolutions and dense layer, in 100 units of the score, nearly cancel.
   */
  grasp: number;
  /** Σ over layers of the Euclidean norm of g (`grad_norm.py`). */
  grad_norm: number;
  /**
   * Σ over channels of ½ · the mean over images of (Σ over pixels of output · its gradient)², outputs being those of
   * convolutions before their norm and of the dense layer, each channel counted once for each of its weights (`fisher.py`).
   * There, the convolutions of the cells have biases (`models/nasbench2_ops.py`) that the benchmark's have not. A norm
   * takes a bias out; but behind a `none` some convolutions get nothing but zeros, on a way that leads to the output, in
   * 2,140 of the 15,625 cells. Their norm, of deviation 0, multiplies the gradient by 1/√1e-5, and with a bias in the place
   * of the 0 they make fisher 40 to 8.5 million times as large (median 320), in poor and in good cells. In the others it
   * changes by −1 to +10 %. Over all cells the Spearman with CIFAR-10's mean test accuracy is .42 with biases (.28 … .54;
   * published: .36) and .67 without (.53 … .77), the difference .25 (.16 … .34): 119 random cells, 40 of them of the
   * 2,140, weighted by their share, in PyTorch, batch and weights drawn for each.
   */
  fisher?: number;
  /**
   * −Σ over the eigenvalues v of the correlations between the images' gradients of the sum of the logits, of
   * ln(v + k) + 1 / (v + k), k = 1e-5 (`jacob_cov.py`). Where no logit depends on the image, that of equal images.
   */
  jacob_cov?: number;
  /**
   * ln of the determinant of the matrix that counts for two images the units before a ReLU in the same state (equation 2
   * and `score_hook` of Mellor et al.). 0 where two images have all states equal, as in a network without a path.
   */
  naswot?: number;
}

/** What keeps the logarithm and the inverse of an eigenvalue finite. */
const JACOB_K = 1e-5;

/**
 * The scores of the probe's network at its parameters, on one batch.
 *
 * @param images `[batch, size, size, 3]`
 * @param targets `[batch, classes]`
 */
export function zeroCostScores(probe: Probe, images: Float32Array, targets: Float32Array): ZeroCostScores {
  const { network, parameters, batch } = probe;
  const { gradient, hessianWeights, units } = probe.observe(images, targets);
  let snip = 0;
  let grasp = 0;
  let gradNorm = 0;
  for (const [start, end] of weightRanges(network)) {
    let squares = 0;
    for (let i = start; i < end; i++) {
      squares += gradient[i]! ** 2;
      snip += Math.abs(parameters[i]! * gradient[i]!);
      grasp -= gradient[i]! * hessianWeights[i]!;
    }
    gradNorm += Math.sqrt(squares);
  }
  return {
    snip,
    grasp,
    grad_norm: gradNorm,
    fisher: units && fisherOf(network, units.products, batch),
    jacob_cov: units && jacobCovariance(units.imageGradient, batch),
    naswot: units && naswotOf(units.agreements, batch),
  };
}

function fisherOf(network: Network, products: readonly Float32Array[], batch: number): number {
  return watchedLayers(network).reduce((sum, { weightsPerChannel }, layer) => {
    const squares = products[layer]!.reduce((total, value) => total + value ** 2, 0);
    return sum + (0.5 * weightsPerChannel * squares) / batch;
  }, 0);
}

/**
 * `jacob_cov` from the gradients of the logits' sum to each image (see `ZeroCostScores`).
 *
 * @param jacobian `[batch, numbers of an image]`
 */
export function jacobCovariance(jacobian: Float32Array, batch: number): number {
  const correlations = correlationsOfRows(jacobian, batch);
  for (let i = 0; i < batch; i++) correlations[i * batch + i]! += JACOB_K;
  const factor = cholesky(correlations, batch);
  // Rounding may leave an eigenvalue below −k only where rows are equal, and then −k is 0.
  if (!factor) throw new Error('jacob_cov: correlations with an eigenvalue below 0');
  return -(logDeterminant(factor, batch) + traceOfInverse(factor, batch));
}

/** Correlations between rows, in float64; those of a constant row with all others are 1: it tells nothing apart. */
function correlationsOfRows(values: Float32Array, rows: number): Float64Array {
  const length = values.length / rows;
  const centred = Array.from({ length: rows }, (_, r) => {
    const row = Float64Array.from(values.subarray(r * length, (r + 1) * length));
    const mean = row.reduce((sum, value) => sum + value, 0) / length;
    const deviation = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    return deviation === 0 ? undefined : row.map((value) => (value - mean) / deviation);
  });
  const correlations = new Float64Array(rows * rows).fill(1);
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < a; b++) {
      const [x, y] = [centred[a], centred[b]];
      if (!x || !y) continue;
      let sum = 0;
      for (let i = 0; i < length; i++) sum += x[i]! * y[i]!;
      correlations[a * rows + b] = correlations[b * rows + a] = sum;
    }
  }
  return correlations;
}

/**
 * `naswot` from the numbers of units that two images have in the same state (see `ZeroCostScores`).
 *
 * @param agreements `[batch, batch]`
 */
export function naswotOf(agreements: Float64Array, batch: number): number {
  const factor = cholesky(agreements, batch);
  return factor ? logDeterminant(factor, batch) : 0;
}
