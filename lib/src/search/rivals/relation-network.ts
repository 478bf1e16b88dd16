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
  /**
   * `[count, n, F]`: what each node takes in the first layer, the sum of the one-hot labels of the nodes it takes from; a
   * node that is pruned has no label, but the global node still takes from it.
   */
  received: Float32Array;
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
  const received = products(adjacency, labels, { count: numbers.size, nodes: n, features: f });
  return { nodes: n, features: f, count: numbers.size, graphOf, received, adjacency };
}

/** `[count, n, n]` times `[count, n, F]`, graph by graph. */
function products(
  adjacency: Float32Array,
  labels: Float32Array,
  { count, nodes, features }: { count: number; nodes: number; features: number },
): Float32Array {
  const sums = new Float32Array(labels.length);
  for (let row = 0; row < count * nodes; row++) {
    const graph = Math.floor(row / nodes);
    for (let j = 0; j < nodes; j++) {
      const weight = adjacency[row * nodes + j]!;
      const from = (graph * nodes + j) * features;
      for (let f = 0; f < features; f++) sums[row * features + f]! += weight * labels[from + f]!;
    }
  }
  return sums;
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
  const rows = (layer: number): number => (layer === layers - 1 ? 1 : nodes); // of the last only the global node is read
  const first = rows(0) * features;
  let taken = gather(graphs.received, nodes * features, first, [repeats, many * rows(0), features]);
  for (let layer = 0; ; layer++) {
    const [kernel, bias, scale, shift] = weights.slice(layer * WEIGHTS_OF_A_LAYER, (layer + 1) * WEIGHTS_OF_A_LAYER);
    const x = tf.add(tf.matMul(taken, kernel!), bias!);
    const y = normActive(x, scale!, shift!, dropout?.mask(x.shape.slice(1)));
    if (layer === layers - 1) return y;
    const nextFrom = rows(layer + 1) === 1 ? global : whole;
    const next = tf.matMul(nextFrom, tf.reshape(y, [repeats * many, nodes, width]));
    taken = tf.reshape(next, [repeats, many * rows(layer + 1), width]);
  }
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
  const [repeats, many] = embedded.shape as [number, number, number];
  const [kernel, bias] = weights.slice(-2);
  // A layer on two cells side by side is the sum of one on each: cells are many times fewer than pairs.
  const said = tf.split(kernel!, 2, 1).map((half) => tf.reshape(tf.matMul(embedded, half), [repeats * many, 2]));
  const side = (which: 0 | 1): tf.Tensor => {
    const numbers = pairs.flatMap((pair, repeat) => Array.from(pair[which], (i) => repeat * many + i));
    return tf.reshape(tf.gather(said[which]!, tf.tensor1d(numbers, 'int32')), [repeats, -1, 2]);
  };
  const logits = tf.add(tf.add(side(0), side(1)), bias!);
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

/**
 * Layer norm, ReLU and dropout of `[R, B, c]`, with the gradient in closed form: a third of the operations that the chain
 * rule takes.
 *
 * @param scale `[R, 1, c]`, like `shift`
 * @param mask of the dropout, in the shape of x
 */
export function normActive(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  const compute = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, by, plus, save] = given as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const centred = tf.sub(input, tf.mean(input, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), LAYER_NORM_EPSILON));
    const unit = tf.mul(centred, inverse);
    const active = tf.relu(tf.add(tf.mul(unit, by), plus));
    save([unit, inverse, active, by, ...(mask ? [mask] : [])]);
    return {
      value: mask ? tf.mul(active, mask) : active,
      gradFunc: (dy: tf.Tensor, [u, inv, act, gain, kept]: tf.Tensor[]) => {
        const passed = tf.mul(kept ? tf.mul(dy, kept) : dy, tf.step(act!));
        const onUnit = tf.mul(passed, gain!);
        const along = tf.mean(tf.mul(onUnit, u!), -1, true);
        const onInput = tf.mul(inv!, tf.sub(tf.sub(onUnit, tf.mean(onUnit, -1, true)), tf.mul(u!, along)));
        return [onInput, tf.sum(tf.mul(passed, u!), 1, true), tf.sum(passed, 1, true)];
      },
    };
  });
  return compute(x, scale, shift);
}
