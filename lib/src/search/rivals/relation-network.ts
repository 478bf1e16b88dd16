/**
 * The network of BRP-NAS (Dudziak et al. 2020; `SamsungLabs/eagle`, `eagle/predictors/gcn/gcn.py`): a graph convolution
 * network over a cell and one global node that takes from all nodes, and a linear layer on two cells' global nodes, whose
 * two outputs say which cell is the better one. R networks side by side.
 */
import * as tf from '@tensorflow/tfjs';
import type { GraphEncoding } from '../../benchmarks/search-space';
import type { Random } from '../../tensors/random';
import { ABSENT, prunedGraphs } from './operation-graphs';
import { type Dropout, uniformWeights } from './stack';

/** Size of the network. */
export interface RelationNetworkSize {
  layers: number;
  width: number;
}

/** Different graphs of a space's cells as tensors want them, the global node first. */
export interface RelationGraphs {
  nodes: number;
  features: number;
  /** Number of different graphs. */
  count: number;
  /** For each cell of the space its graph. */
  graphOf: Int32Array;
  /** `[count, n, F]` one-hot; zeros for a node that is pruned, which the global node still takes from. */
  labels: Float32Array;
  /** `[count, n, n]`: what each node takes from the others and itself; not normalised. */
  adjacency: Float32Array;
}

const WEIGHTS_OF_A_LAYER = 4; // kernel, bias, and scale and shift of the layer norm
const LAYER_NORM_EPSILON = 1e-5;

/** The graphs of a space's cells; equal graphs once. */
export function relationGraphs(encoding: GraphEncoding): RelationGraphs {
  const { count, nodes, features, hot, edges } = prunedGraphs(encoding);
  const numbers = new Map<string, number>();
  const graphOf = Int32Array.from({ length: count }, (_, cell) => {
    const name = `${hot.subarray(cell * nodes, (cell + 1) * nodes).join()};${edges.subarray(cell * nodes ** 2, (cell + 1) * nodes ** 2).join('')}`;
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
  const [n, f] = [nodes + 1, features + 1];
  const labels = new Float32Array(numbers.size * n * f);
  const adjacency = new Float32Array(numbers.size * n * n);
  graphOf.forEach((graph, cell) => {
    labels[graph * n * f + features] = 1; // the global node has a label of its own
    adjacency.fill(1, graph * n * n, graph * n * n + n);
    for (let i = 0; i < nodes; i++) {
      const label = hot[cell * nodes + i]!;
      if (label !== ABSENT) labels[(graph * n + i + 1) * f + label] = 1;
      const row = (graph * n + i + 1) * n + 1;
      for (let j = 0; j < nodes; j++) adjacency[row + j] = i === j ? 1 : edges[(cell * nodes + i) * nodes + j]!;
    }
  });
  return { nodes: n, features: f, count: numbers.size, graphOf, labels, adjacency };
}

/** Fresh weights: 1/√width for convolutions ("thomas" in the original), PyTorch's own for the last layer. */
export function relationWeights(
  { layers, width }: RelationNetworkSize,
  features: number,
  randoms: readonly Random[],
): tf.Tensor[] {
  const limit = 1 / Math.sqrt(width);
  const weights: tf.Tensor[] = [];
  for (let layer = 0; layer < layers; layer++) {
    weights.push(uniformWeights(randoms, [layer === 0 ? features : width, width], limit));
    weights.push(uniformWeights(randoms, [1, width], limit));
    weights.push(tf.ones([randoms.length, 1, width]), tf.zeros([randoms.length, 1, width]));
  }
  const last = 1 / Math.sqrt(2 * width);
  weights.push(uniformWeights(randoms, [2 * width, 2], last), uniformWeights(randoms, [1, 2], last));
  return weights;
}

/**
 * What the global node knows of G graphs of each repeat, `[R, G, width]`.
 *
 * @param drawn the graphs, by number
 * @param dropout while it is trained
 */
export function embed(
  { layers, width }: RelationNetworkSize,
  weights: readonly tf.Tensor[],
  graphs: RelationGraphs,
  drawn: readonly ArrayLike<number>[],
  dropout?: Dropout,
): tf.Tensor {
  const [repeats, many] = [drawn.length, drawn[0]!.length];
  const { nodes, features } = graphs;
  const gather = (rows: Float32Array, size: number, used: number, shape: number[]): tf.Tensor => {
    const values = new Float32Array(repeats * many * used);
    drawn.forEach((some, r) => {
      for (let i = 0; i < many; i++) {
        values.set(rows.subarray(some[i]! * size, some[i]! * size + used), (r * many + i) * used);
      }
    });
    return tf.tensor(values, shape);
  };
  const whole = gather(graphs.adjacency, nodes ** 2, nodes ** 2, [repeats * many, nodes, nodes]);
  const global = gather(graphs.adjacency, nodes ** 2, nodes, [repeats * many, 1, nodes]);
  let x = gather(graphs.labels, nodes * features, nodes * features, [repeats * many, nodes, features]);
  for (let layer = 0; layer < layers; layer++) {
    const [kernel, bias, scale, shift] = weights.slice(layer * WEIGHTS_OF_A_LAYER, (layer + 1) * WEIGHTS_OF_A_LAYER);
    const last = layer === layers - 1; // only the global node is read, so only it is computed
    const taken = tf.reshape(tf.matMul(last ? global : whole, x), [repeats, last ? many : many * nodes, -1]);
    const normed = layerNorm(tf.add(tf.matMul(taken, kernel!), bias!), scale!, shift!);
    const active = tf.relu(normed);
    const dropped = dropout ? tf.mul(active, dropout.mask(active.shape.slice(1))) : active;
    x = last ? dropped : tf.reshape(dropped, [repeats * many, nodes, width]);
  }
  return x;
}

/**
 * The cross entropy between what the network says of pairs and what should be said, a sum over repeats and pairs.
 *
 * @param embedded `[R, G, width]`
 * @param pairs two lists a repeat of numbers among the G, the first and second of each pair
 * @param wanted `[R, B, 2]`: shares of first and second, that sum to 1
 */
export function relationLoss(
  weights: readonly tf.Tensor[],
  embedded: tf.Tensor,
  pairs: readonly (readonly [Int32Array, Int32Array])[],
  wanted: tf.Tensor,
): tf.Scalar {
  const [repeats, many, width] = embedded.shape as [number, number, number];
  const flat = tf.reshape(embedded, [repeats * many, width]);
  const side = (which: 0 | 1): tf.Tensor => {
    const numbers = pairs.flatMap((pair, repeat) => Array.from(pair[which], (i) => repeat * many + i));
    return tf.reshape(tf.gather(flat, tf.tensor1d(numbers, 'int32')), [repeats, -1, width]);
  };
  const [kernel, bias] = weights.slice(-2);
  const logits = tf.add(tf.matMul(tf.concat([side(0), side(1)], 2), kernel!), bias!);
  return tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits, -1)))).asScalar();
}

/**
 * How good each embedded graph is held to be, `[R, G]`: the difference of the two outputs for a pair, averaged over both
 * orders, is the difference of these. (The original sorts with the outputs for one order as comparison, which need not be
 * an order.)
 */
export function standing(weights: readonly tf.Tensor[], embedded: tf.Tensor): tf.Tensor {
  const [repeats, many, width] = embedded.shape as [number, number, number];
  const kernel = weights[weights.length - 2]!; // [R, 2·width, 2]
  const [forFirst, forSecond] = tf.split(kernel, 2, 2);
  const [asFirst, asSecond] = tf.split(tf.sub(forFirst!, forSecond!), 2, 1);
  const direction = tf.reshape(tf.mul(tf.sub(asFirst!, asSecond!), 0.5), [repeats, width, 1]);
  return tf.reshape(tf.matMul(embedded, direction), [repeats, many]);
}

function layerNorm(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, LAYER_NORM_EPSILON))), scale), shift);
}
