/** What the attention of a trained predictor looks at, computed once more beside the real pass (protocol §2.4, §2.5). */
import * as tf from '@tensorflow/tfjs';
import { mean } from '../statistics/intervals';
import { attentionWeights } from './attention';
import { graphConvolution, normalisedMish } from './graph-convolution';
import type { Pass } from './layer';
import { WIDTH } from './network';
import type { PredictorStack } from './predictor-stack';

/** One cell's attention in both directions, along the edges and against them. */
export interface CellAttention {
  /** `[2][n][n]`; rows sum to 1. */
  weights: number[][][];
  /** `[n][n]`, before mask and softmax. */
  scores: number[][];
}

/** The two modules that attend. */
export type AttentionModule = 'nsam' | 'efm';

/** What both modules look at, by cell. */
export interface AttentionTrace extends Record<AttentionModule, CellAttention[]> {
  /** By how much the rebuilt basic branch differs from the predictor's own at most. */
  difference: number;
}

const BOTH_WAYS = 2;

/**
 * What NSAM and EFM look at. A layer is its name: built once more, it reads the weights that the predictor's own layer of
 * this name has, so the features that the modules get are computed again next to the real pass.
 *
 * @param stack of one repeat, with preset `official`
 * @param positions of the cells
 * @param codes of the cells
 */
export function traceAttention(stack: PredictorStack, positions: Int32Array, codes: Float32Array): AttentionTrace {
  const seen: AttentionTrace = { nsam: [], efm: [], difference: 0 };
  const { network } = stack;
  const { coarse, fine } = network;
  let rebuilt: tf.Tensor3D;
  network.coarse = (pass, nodes) => {
    const h = layer('basic2').apply(pass, layer('basic1', nodes.shape[2]).apply(pass, nodes));
    const [q, k, v] = ['query', 'key', 'value'].map((part) => layer(`nsam.${part}`).apply(pass, h));
    seen.nsam.push(...attentionOf(pass, q!, k!));
    const summed = tf.sum<tf.Tensor4D>(attentionWeights(pass, q!, k!, BOTH_WAYS), 2);
    const values = tf.reshape(v!, [1, pass.batch, pass.nodes, WIDTH]);
    const mixed = tf.reshape<tf.Rank.R3>(tf.matMul(summed, values), h.shape);
    rebuilt = layer('basic3').apply(pass, layer('nsam.output').apply(pass, tf.add<tf.Tensor3D>(h, mixed)));
    return coarse(pass, nodes);
  };
  network.fine = (pass, features, entries) => {
    const gap = tf.max(tf.abs(tf.sub(rebuilt, features))).dataSync()[0]!;
    seen.difference = Math.max(seen.difference, gap);
    const product = tf.matMul(entries, pass.weight('efm.dense.weight'));
    const dense = tf.reshape<tf.Rank.R3>(tf.add(product, pass.weight('efm.dense.bias')), features.shape);
    const upsampled = normalisedMish('efm.code', WIDTH).apply(pass, dense);
    const [q, k] = [layer('efm.query').apply(pass, features), layer('efm.key').apply(pass, upsampled)];
    seen.efm.push(...attentionOf(pass, q, k));
    return fine!(pass, features, entries);
  };
  try {
    stack.predictFine([positions], [codes]);
  } finally {
    Object.assign(network, { coarse, fine });
  }
  return seen;
}

function layer(name: string, inputs = WIDTH) {
  return graphConvolution(name, inputs, WIDTH);
}

function attentionOf(pass: Pass, q: tf.Tensor3D, k: tf.Tensor3D): CellAttention[] {
  const perCell = (t: tf.Tensor3D): tf.Tensor3D => tf.reshape(t, [pass.batch, pass.nodes, WIDTH]);
  const scores = tf.matMul<tf.Tensor3D>(perCell(q), perCell(k), false, true).arraySync();
  const weights = tf.squeeze<tf.Tensor4D>(attentionWeights(pass, q, k, BOTH_WAYS), [0]).arraySync();
  return weights.map((one, i) => ({ weights: one, scores: scores[i]! }));
}

/** The masks of graphs that share their edges: `[2][n][n]`, 1 along the edges and 1 against them, self loops in both. */
export function attentionMasks({ nodes, adjacency }: { nodes: number; adjacency: ArrayLike<number> }): number[][][] {
  const along = Array.from({ length: nodes }, (_, i) =>
    Array.from({ length: nodes }, (_, j) => adjacency[i * nodes + j]!),
  );
  return [along, along.map((row, i) => row.map((_, j) => along[j]![i]!))];
}

/** The share of all attention that lands on entries without an edge, of one matrix, percent. */
export function offEdges(weights: readonly (readonly number[])[], mask: readonly (readonly number[])[]): number {
  const outside = (row: readonly number[], i: number): number =>
    row.reduce((sum, weight, j) => sum + (mask[i]![j] === 0 ? weight : 0), 0);
  return 100 * mean(weights.map(outside));
}

/** What holds for the rows of some attention matrices. */
export interface AttentionRules {
  /** Rows looked at. */
  rows: number;
  /** By how much a row's sum differs from 1 at most. */
  rowSum: number;
  /** By how much a weight without an edge differs from e⁰/Σ at most. */
  law: number;
  /** Rows in which an edge has less weight than an entry without one, percent. */
  outweighed: number;
}

/** Holds attention against its construction: scores times mask, then a softmax over the row (protocol §2.4). */
export function attentionRules(cells: readonly CellAttention[], masks: readonly number[][][]): AttentionRules {
  let [rowSum, law, rows, outweighed] = [0, 0, 0, 0];
  for (const { weights, scores } of cells)
    weights.forEach((matrix, direction) =>
      matrix.forEach((row, i) => {
        const mask = masks[direction]![i]!;
        const masked = scores[i]!.map((score, j) => score * mask[j]!);
        const largest = Math.max(...masked);
        const sum = masked.reduce((total, score) => total + Math.exp(score - largest), 0);
        const without = row[mask.indexOf(0)]!;
        rowSum = Math.max(rowSum, Math.abs(1 - row.reduce((a, b) => a + b, 0)));
        for (const [j, weight] of row.entries())
          if (mask[j] === 0) law = Math.max(law, Math.abs(weight - Math.exp(-largest) / sum));
        rows++;
        if (row.some((weight, j) => mask[j] === 1 && weight < without)) outweighed++;
      }),
    );
  return { rows, rowSum, law, outweighed: (100 * outweighed) / rows };
}
