/** EFM, the estimation fusion module: attention between the graph's features and the code (protocol §2.5; Fig. 3a). */
import * as tf from '@tensorflow/tfjs';
import { attend } from './attention';
import { glorot, graphConvolution, normalisedMish } from './graph-convolution';
import type { Directions } from './graph-norm';
import type { Layer, Pass } from './layer';

/** How EFM is built; see the presets. */
export interface EstimationFusionOptions {
  /** 1: attention along the edges (paper); 2: also against them, summed (official). */
  efmDirections: Directions;
  /** 'query': the query layer is called again for the values (official, a slip of its code); 'own': a layer of its own. */
  efmValue: 'query' | 'own';
  /** Whether batch norm and Mish stand between the code's dense layer and its graph convolution (official). */
  efmCodeNorm: boolean;
}

/** EFM as a layer with a second input, the codes `[R, B, k]`. */
export interface FusionLayer extends Omit<Layer, 'apply'> {
  /** Features of the graph `[R, B·n, c]` and codes give features of the same shape. */
  apply(pass: Pass, features: tf.Tensor3D, codes: tf.Tensor3D): tf.Tensor3D;
}

/** GConvGroup(H_b + Σ_d P_d v) with the key made from the code, query and value from H_b. */
export function estimationFusion(
  name: string,
  nodes: number,
  width: number,
  codeEntries: number,
  options: EstimationFusionOptions,
): FusionLayer {
  const ownValue = options.efmValue === 'own';
  const convolution = (part: string, updates = 1): Layer => graphConvolution(`${name}.${part}`, width, width, updates);
  const key = convolution('key');
  // Called twice a step when it also makes the values: the same result, but its moving statistics move twice.
  const query = convolution('query', ownValue ? 1 : 2);
  const value = ownValue ? convolution('value') : undefined;
  const output = convolution('output');
  const codeNorm = options.efmCodeNorm ? normalisedMish(`${name}.code`, width) : undefined;
  const layers = [codeNorm, key, query, value, output].filter((layer): layer is Layer => layer !== undefined);
  return {
    parameters: [
      {
        name: `${name}.dense.weight`,
        shape: [codeEntries, nodes * width],
        initial: glorot(codeEntries, nodes * width),
      },
      {
        name: `${name}.dense.bias`,
        shape: [nodes * width],
        initial: { constant: 0 },
      },
      ...layers.flatMap((layer) => layer.parameters),
    ],
    batchNorms: layers.flatMap((layer) => layer.batchNorms),
    apply(pass, features, codes) {
      const product = tf.matMul(codes, pass.weight(`${name}.dense.weight`)); // [R, B, n·c]
      const dense = tf.add(product, tf.expandDims(pass.weight(`${name}.dense.bias`), 1));
      const upsampled = tf.reshape<tf.Rank.R3>(dense, features.shape);
      const k = key.apply(pass, codeNorm ? codeNorm.apply(pass, upsampled) : upsampled);
      const q = query.apply(pass, features);
      const v = value ? value.apply(pass, features) : q;
      const attended = attend(pass, q, k, v, options.efmDirections);
      return output.apply(pass, tf.add<tf.Tensor3D>(features, attended));
    },
  };
}
