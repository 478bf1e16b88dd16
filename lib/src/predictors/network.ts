/** The predictor's layers and how they are joined (protocol §2.2, §2.3; Fig. 2 of the paper). */
import * as tf from '@tensorflow/tfjs';
import { estimationFusion } from './estimation-fusion';
import { glorot, graphConvolution } from './graph-convolution';
import type { BatchNormSpec, Layer, ParameterSpec, Pass } from './layer';
import { nodesAttention } from './nodes-attention';
import type { PredictorOptions } from './predictor-options';

/** Features of a node inside the predictor, c (protocol §1). */
export const WIDTH = 64;

/** A predictor without weights. */
export interface Network {
  parameters: ParameterSpec[];
  batchNorms: BatchNormSpec[];
  /** The basic branch: nodes `[R, B·n, F]` to features H_b `[R, B·n, c]` and coarse predictions p_b `[R, B]`, fractions. */
  coarse: (pass: Pass, nodes: tf.Tensor3D) => { features: tf.Tensor3D; prediction: tf.Tensor2D };
  /** The estimation branch: H_b and codes `[R, B, k]` to fine predictions p_e `[R, B]`; absent in the naive predictor. */
  fine?: (pass: Pass, features: tf.Tensor3D, codes: tf.Tensor3D) => tf.Tensor2D;
}

/**
 * The network for graphs of n nodes with F features each.
 *
 * @param nodes n
 * @param features F
 */
export function buildNetwork(options: PredictorOptions, nodes: number, features: number): Network {
  const basic: Layer[] = [graphConvolution('basic1', features, WIDTH), graphConvolution('basic2', WIDTH, WIDTH)];
  if (options.nsam) basic.push(options.attention?.('nsam', WIDTH) ?? nodesAttention('nsam', WIDTH, options));
  basic.push(graphConvolution('basic3', WIDTH, WIDTH));
  const fusion =
    options.branch === 'siamese' ? estimationFusion('efm', nodes, WIDTH, options.codeEntries, options) : undefined;
  const headInputs = options.headMean === 'features' ? nodes : WIDTH;
  const layers = fusion ? [...basic, fusion] : basic;

  // One head for both branches (protocol §2.3): mean, dense layer to one number, sigmoid.
  const head = (pass: Pass, h: tf.Tensor3D): tf.Tensor2D => {
    const perCell = tf.reshape(h, [pass.repeats, pass.batch, pass.nodes, WIDTH]);
    const mean = options.headMean === 'features' ? tf.mean(perCell, 3) : meanOfNodes(pass, perCell); // [R, B, n | c]
    const logit = tf.add(tf.matMul(mean, pass.weight('head.weight')), tf.expandDims(pass.weight('head.bias'), 1));
    return tf.reshape(tf.sigmoid(logit), [pass.repeats, pass.batch]);
  };
  return {
    parameters: [
      ...layers.flatMap((layer) => layer.parameters),
      { name: 'head.weight', shape: [headInputs, 1], initial: glorot(headInputs, 1) },
      { name: 'head.bias', shape: [1], initial: { constant: 0 } },
    ],
    batchNorms: layers.flatMap((layer) => layer.batchNorms),
    coarse(pass, nodes) {
      const h = basic.reduce((input, layer) => layer.apply(pass, input), nodes);
      return { features: h, prediction: head(pass, h) };
    },
    fine: fusion && ((pass, h, codes) => head(pass, fusion.apply(pass, h, codes))),
  };
}

/** `[R, B, n, c]` to `[R, B, c]`; the features of padded nodes that take part in nothing are 0. */
function meanOfNodes({ mask, repeats, batch, nodes }: Pass, perCell: tf.Tensor): tf.Tensor {
  if (!mask) return tf.mean(perCell, 2);
  return tf.div(tf.sum(perCell, 2), tf.sum(tf.reshape(mask, [repeats, batch, nodes, 1]), 2));
}

/** How many numbers training may change, in one repeat (protocol §2.7; biases in front of batch norms are counted). */
export function countParameters(network: Network): number {
  return network.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** How many moving statistics there are, in one repeat (protocol §2.7, "non-trainable"). */
export function countMovingStatistics(network: Network): number {
  return network.batchNorms.reduce((sum, { width }) => sum + 2 * width, 0);
}
