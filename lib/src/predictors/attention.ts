/** Attention between the nodes of a graph, masked by its edges (protocol §2.4). */
import * as tf from '@tensorflow/tfjs';
import { currentBackend } from '../tensors/backend';
import { MOST_NODES, runNativeOp } from '../tensors/native-ops';
import type { Directions } from './graph-norm';
import type { Pass } from './layer';

/**
 * P₁ = softmax_row(q kᵀ ⊙ A), P₂ = softmax_row(q kᵀ ⊙ Aᵀ), no 1/√c (protocol §2.4).
 *
 * The mask multiplies the scores: an entry without an edge becomes 0 and so keeps the weight e⁰/Σ, it does not vanish.
 *
 * Padded nodes that take part in nothing have the weight 0; what stands in their own rows says nothing.
 *
 * @param q `[R, B·n, c]`, as k
 * @param directions 1: along the edges alone; 2: also against them
 * @returns `[R, B, D, n, n]`; rows sum to 1
 */
export function attentionWeights(pass: Pass, q: tf.Tensor3D, k: tf.Tensor3D, directions: Directions): tf.Tensor5D {
  const { repeats, batch, nodes, adjacency } = pass;
  const scores = tf.matMul(perCell(pass, q), perCell(pass, k), false, true); // [R, B, n, n]
  const shared = adjacency.shape[0] === 1;
  const along = tf.reshape(adjacency, shared ? [1, 1, 1, nodes, nodes] : [repeats, batch, 1, nodes, nodes]);
  const masks = directions === 1 ? along : tf.concat([along, tf.transpose(along, [0, 1, 2, 4, 3])], 2);
  const masked = tf.mul<tf.Tensor5D>(tf.expandDims(scores, 2), masks);
  if (!pass.mask) return tf.softmax(masked);
  const real = tf.reshape(pass.mask, [repeats, batch, 1, 1, nodes]);
  return tf.softmax(tf.where(tf.cast(real, 'bool'), masked, tf.fill(masked.shape, -1e9)));
}

/**
 * Σ_d P_d v with the weights of `attentionWeights`: `[R, B·n, c]`. Differentiable with respect to q, k and v.
 *
 * @param plain use TensorFlow's own operations even where the fused one is built (for tests)
 */
export function attend(
  pass: Pass,
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  directions: Directions,
  plain = false,
): tf.Tensor3D {
  if (plain || pass.mask || pass.nodes > MOST_NODES || !currentBackend().fused) {
    const summed = tf.sum(attentionWeights(pass, q, k, directions), 2); // [R, B, n, n]
    const attended = tf.reshape<tf.Rank.R3>(tf.matMul(summed, perCell(pass, v)), v.shape);
    return pass.mask ? tf.mul<tf.Tensor3D>(attended, pass.mask) : attended;
  }
  const attributes = { directions: BigInt(directions) };
  const fused = tf.customGrad((...args) => {
    const [q, k, v, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const [output, weights] = runNativeOp('SiameseAttention', attributes, [q, k, v, pass.adjacency], 2);
    save([q, k, v, pass.adjacency, weights!]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      runNativeOp('SiameseAttentionGradient', attributes, [dy, ...saved], 3);
    return { value: output!, gradFunc };
  });
  return fused(q, k, v) as tf.Tensor3D;
}

function perCell({ repeats, batch, nodes }: Pass, t: tf.Tensor3D): tf.Tensor4D {
  return tf.reshape(t, [repeats, batch, nodes, -1]);
}
