/** NSAM, the nodes self-attention module (protocol §2.4; Fig. 3b of the paper). */
import * as tf from '@tensorflow/tfjs';
import { attend } from './attention';
import { graphConvolution } from './graph-convolution';
import type { Directions } from './graph-norm';
import type { Layer } from './layer';

/** How NSAM is built; see the presets. */
export interface NodesAttentionOptions {
  /** 1: attention along the edges (paper); 2: also against them, summed (official). */
  nsamDirections: Directions;
  /** Whether a last graph convolution follows the skip connection (official). */
  nsamOutput: boolean;
}

/** H + Σ_d P_d v with q, k, v three graph convolutions of H, and a last graph convolution where the options say so. */
export function nodesAttention(name: string, width: number, options: NodesAttentionOptions): Layer {
  const [query, key, value, output] = ['query', 'key', 'value', 'output'].map((part) =>
    graphConvolution(`${name}.${part}`, width, width),
  ) as [Layer, Layer, Layer, Layer];
  const layers = options.nsamOutput ? [query, key, value, output] : [query, key, value];
  return {
    parameters: layers.flatMap((layer) => layer.parameters),
    batchNorms: layers.flatMap((layer) => layer.batchNorms),
    apply(pass, features) {
      const [q, k, v] = [query, key, value].map((layer) => layer.apply(pass, features)) as [
        tf.Tensor3D,
        tf.Tensor3D,
        tf.Tensor3D,
      ];
      const summed = tf.add<tf.Tensor3D>(features, attend(pass, q, k, v, options.nsamDirections));
      return options.nsamOutput ? output.apply(pass, summed) : summed;
    },
  };
}
