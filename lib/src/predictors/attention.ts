/** Attention between the nodes of a graph, masked by its edges (protocol §2.4). */
import * as tf from '@tensorflow/tfjs';
import type { Directions } from './graph-norm';
import type { Pass } from './layer';

/** Attention weights and what they make of the values. */
export interface Attended {
  /** `[R, B·n, c]`: Σ_d P_d v. */
  output: tf.Tensor3D;
  /** P_d, one for each direction: `[R, B, n, n]`, rows sum to 1. */
  weights: tf.Tensor4D[];
}

/**
 * P₁ = softmax_row(q kᵀ ⊙ A), P₂ = softmax_row(q kᵀ ⊙ Aᵀ), output Σ_d P_d v; no 1/√c (protocol §2.4).
 *
 * The mask multiplies the scores: an entry without an edge becomes 0 and so keeps the weight e⁰/Σ, it does not vanish.
 *
 * @param q `[R, B·n, c]`, as k and v
 * @param directions 1: along the edges alone; 2: also against them
 */
export function attend(pass: Pass, q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D, directions: Directions): Attended {
  const { repeats, batch, nodes, adjacency } = pass;
  const perCell = (t: tf.Tensor3D): tf.Tensor4D => tf.reshape(t, [repeats, batch, nodes, -1]);
  const scores = tf.matMul(perCell(q), perCell(k), false, true); // [R, B, n, n]
  const shared = adjacency.shape[0] === 1;
  const along = tf.reshape(adjacency, shared ? [1, 1, nodes, nodes] : [repeats, batch, nodes, nodes]);
  const masks = directions === 1 ? [along] : [along, tf.transpose(along, [0, 1, 3, 2])];
  const weights = masks.map((mask) => tf.softmax(tf.mul(scores, mask)) as tf.Tensor4D);
  const output = tf.matMul(tf.addN(weights), perCell(v));
  return { output: tf.reshape(output, v.shape), weights };
}
