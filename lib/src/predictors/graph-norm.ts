/**
 * The part of a graph convolution that follows the matrix product: adjacency, batch norm, Mish, mean over the
 * directions (protocol §2.1). TensorFlow would need some twenty passes over memory for it, so there is one fused
 * operation each way (lib/native); the plain version below says the same and runs on every backend.
 */
import * as tf from '@tensorflow/tfjs';
import { currentBackend } from '../tensors/backend';
import { runNativeOp } from '../tensors/native-ops';

/** Added to a batch norm's variance (protocol §2.1). */
export const EPSILON = 1e-4;

/** Share of a moving statistic that a step leaves (protocol §2.1). */
export const MOMENTUM = 0.997;

/** Directions of a graph convolution: 2, along the edges and against them; 1, along them alone. */
export type Directions = 1 | 2;

/** Output `[R, B·n, c]` and the statistics that it was normalised by, `[R, D·c]`, kept: the caller disposes of them. */
export interface Normalised {
  output: tf.Tensor3D;
  mean: tf.Tensor2D;
  /** Biased (population) variance. */
  variance: tf.Tensor2D;
}

/**
 * H = 1/D · Σ_d mish(BN_d(A_d u_d)), with A₁ = A and A₂ = Aᵀ, normalised by the statistics of the batch: over the rows
 * of each repeat. Differentiable with respect to u, gamma and beta.
 *
 * @param u `[R, B·n, D·c]`, successors' part first
 * @param adjacency `[G, n, n]`, G = 1 or R·B
 * @param gamma `[R, D·c]`, as beta
 * @param mask 1 for nodes that take part, 0 for padding, which counts in no statistic and comes out as 0:
 *   `[R, B·n, 1]`; by default all take part
 * @param plain use TensorFlow's own operations even where the fused one is built (for tests)
 */
export function graphNorm(
  u: tf.Tensor3D,
  adjacency: tf.Tensor3D,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  directions: Directions,
  mask?: tf.Tensor3D,
  plain = false,
): Normalised {
  if (plain || mask || !currentBackend().fused) return plainGraphNorm(u, adjacency, gamma, beta, directions, mask);
  const attributes = { directions: BigInt(directions), epsilon: EPSILON };
  let statistics!: tf.Tensor[];
  const fused = tf.customGrad((...args) => {
    const [u, gamma, beta, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const inputs = [u, adjacency, gamma, beta];
    const [h, z, mean, variance] = runNativeOp('SiameseConvolution', attributes, inputs, 4) as [
      tf.Tensor,
      ...tf.Tensor[],
    ];
    statistics = [mean!, variance!].map((t) => tf.keep(t));
    save([z!, adjacency, gamma, beta, mean!, variance!]);
    const gradFunc = (dh: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      runNativeOp('SiameseConvolutionGradient', attributes, [dh, ...saved], 3);
    return { value: h, gradFunc };
  });
  const output = fused(u, gamma, beta) as tf.Tensor3D;
  return { output, mean: statistics[0] as tf.Tensor2D, variance: statistics[1] as tf.Tensor2D };
}

/** The same with fixed statistics, for prediction: H = 1/D · Σ_d mish(scale · A_d u_d + shift), both `[R, D·c]`. */
export function fixedGraphNorm(
  u: tf.Tensor3D,
  adjacency: tf.Tensor3D,
  scale: tf.Tensor,
  shift: tf.Tensor,
  directions: Directions,
  mask?: tf.Tensor3D,
  plain = false,
): tf.Tensor3D {
  let output: tf.Tensor3D;
  if (plain || !currentBackend().fused) {
    const z = propagate(u, adjacency, directions);
    output = meanMish(tf.add(tf.mul(z, tf.expandDims(scale, 1)), tf.expandDims(shift, 1)), directions);
  } else {
    const attributes = { directions: BigInt(directions), epsilon: EPSILON };
    const inputs = [u, adjacency, scale, shift];
    output = runNativeOp('SiameseConvolutionFixed', attributes, inputs, 1)[0] as tf.Tensor3D;
  }
  return mask ? tf.mul<tf.Tensor3D>(output, mask) : output;
}

function plainGraphNorm(
  u: tf.Tensor3D,
  adjacency: tf.Tensor3D,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  directions: Directions,
  mask?: tf.Tensor3D,
): Normalised {
  const z = propagate(u, adjacency, directions);
  const { mean, variance } = mask ? maskedMoments(z, mask) : tf.moments(z, 1, true); // [R, 1, D·c]
  const deviation = tf.rsqrt(tf.add(variance, EPSILON));
  const normal = tf.mul(tf.sub(z, mean), deviation);
  const output = meanMish(tf.add(tf.mul(normal, tf.expandDims(gamma, 1)), tf.expandDims(beta, 1)), directions);
  return {
    output: mask ? tf.mul<tf.Tensor3D>(output, mask) : output,
    mean: tf.keep(tf.squeeze<tf.Tensor2D>(mean, [1])),
    variance: tf.keep(tf.squeeze<tf.Tensor2D>(variance, [1])),
  };
}

/** Mean and biased variance over the rows whose mask is 1, `[R, 1, D·c]`. */
function maskedMoments(z: tf.Tensor3D, mask: tf.Tensor3D): { mean: tf.Tensor; variance: tf.Tensor } {
  const rows = tf.sum(mask, 1, true);
  const mean = tf.div(tf.sum(tf.mul(z, mask), 1, true), rows);
  const variance = tf.div(tf.sum(tf.mul(tf.square(tf.sub(z, mean)), mask), 1, true), rows);
  return { mean, variance };
}

/** A_d u_d for each direction: `[R, B·n, D·c]`. */
function propagate(u: tf.Tensor3D, adjacency: tf.Tensor3D, directions: Directions): tf.Tensor3D {
  const [repeats, rows, width] = u.shape;
  const [graphs, nodes] = adjacency.shape;
  const batch = rows / nodes;
  const perCell = tf.reshape(u, [repeats, batch, nodes, width]);
  const a = tf.reshape(adjacency, graphs === 1 ? [1, 1, nodes, nodes] : [repeats, batch, nodes, nodes]);
  const along = split(perCell, directions).map((part, d) => tf.matMul(a, part, d === 1, false));
  return tf.reshape(tf.concat(along, 3), [repeats, rows, width]);
}

/** Mean over the directions of mish(y) = y · tanh(ln(1 + eʸ)): `[R, B·n, D·c]` to `[R, B·n, c]`. */
function meanMish(y: tf.Tensor, directions: Directions): tf.Tensor3D {
  const parts = split(tf.mul(y, tf.tanh(tf.softplus(y))), directions);
  return tf.div<tf.Tensor3D>(tf.addN(parts), directions);
}

/** One tensor for each direction; tfjs' gradient of a split into one part fails. */
function split(t: tf.Tensor, directions: Directions): tf.Tensor[] {
  return directions === 1 ? [t] : tf.split(t, directions, -1);
}
