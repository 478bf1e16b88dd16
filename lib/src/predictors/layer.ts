/**
 * What a predictor is made of. A layer is a plain object: it names its weights and says what it computes; the weights
 * themselves, and whether they are being trained, come with the pass. Every tensor carries the repeats in front.
 */
import type * as tf from '@tensorflow/tfjs';

/** One weight of a layer, of shape `[R, ...shape]` in the stack. */
export interface ParameterSpec {
  name: string;
  /** Its shape in one repeat. */
  shape: number[];
  /** Initial values: a constant, or uniform in ±limit (Glorot's limit is √(6 / (fan in + fan out)), protocol §2.7). */
  initial: { constant: number } | { limit: number };
  /** True for a bias in front of a batch norm: it cancels there, so its gradient is exactly zero and it is not trained. */
  cancels?: boolean;
  /** True when the last axis holds a part for the successors' direction and then one for the predecessors'. */
  twoWay?: boolean;
}

/** The moving statistics of one batch norm, `[R, width]` each for mean and variance. */
export interface BatchNormSpec {
  name: string;
  width: number;
  /** How often a training step updates them; a layer that is called twice updates twice (protocol §2.5). */
  updates: number;
  /** The bias in front of it, if any: what the batch statistics were measured without. */
  bias?: string;
  /** As in `ParameterSpec`. */
  twoWay?: boolean;
}

/** One pass of a batch through the stack, for training or for prediction. */
export interface Pass {
  /** R. */
  repeats: number;
  /** B, cells of a repeat. */
  batch: number;
  /** n. */
  nodes: number;
  /** Edges with self loops, `[1, n, n]` when shared by all cells, else `[R·B, n, n]`. */
  adjacency: tf.Tensor3D;
  /**
   * 1 for real nodes and 0 for padding, `[R, B·n, 1]`, where cells differ in size and padding takes part in nothing:
   * features of padded nodes are 0 between layers then, and a layer keeps them so.
   */
  mask?: tf.Tensor3D;
  training: boolean;
  /** The weight of that name, `[R, ...]`. */
  weight(name: string): tf.Tensor;
  /** While training: hands over the kept batch statistics `[R, width]` of a batch norm, measured without the bias. */
  observe(batchNorm: string, mean: tf.Tensor, variance: tf.Tensor): void;
  /** While predicting: bias and batch norm with moving statistics are x · scale + shift, `[R, width]` each. */
  affine(batchNorm: string): { scale: tf.Tensor; shift: tf.Tensor };
}

/** A part of a predictor that maps features of nodes to features of nodes. */
export interface Layer {
  parameters: ParameterSpec[];
  batchNorms: BatchNormSpec[];
  /** `[R, B·n, in]` to `[R, B·n, out]`. */
  apply(pass: Pass, features: tf.Tensor3D): tf.Tensor3D;
}
