/** GConvGroup, the layer that everything else is built from, and its relative without a graph (protocol §2.1). */
import * as tf from '@tensorflow/tfjs';
import { fixedGraphNorm, graphNorm, type Directions } from './graph-norm';
import type { Layer, ParameterSpec, Pass } from './layer';

/** Glorot's uniform distribution (Keras' default, protocol §2.7). */
export function glorot(fanIn: number, fanOut: number): ParameterSpec['initial'] {
  return { limit: Math.sqrt(6 / (fanIn + fanOut)) };
}

/**
 * A graph convolution along the edges and one against them, each with batch norm and Mish, averaged:
 * H = ½[mish(BN₁(A X W₁ + b₁)) + mish(BN₂(Aᵀ X W₂ + b₂))].
 *
 * The directions share one matrix product: `name.weight` is `[in, 2c]` with W₁ first, and so are bias, gamma and beta.
 *
 * @param updates how often a training step calls it (see `BatchNormSpec`)
 */
export function graphConvolution(name: string, inputs: number, outputs: number, updates = 1): Layer {
  const width = 2 * outputs;
  return {
    parameters: [
      { name: `${name}.weight`, shape: [inputs, width], initial: glorot(inputs, outputs), twoWay: true },
      // In front of a batch norm a bias cancels while training; prediction with moving statistics uses it.
      { name: `${name}.bias`, shape: [width], initial: { constant: 0 }, cancels: true, twoWay: true },
      ...batchNormParameters(name, width, true),
    ],
    batchNorms: [{ name, width, updates, bias: `${name}.bias`, twoWay: true }],
    apply: (pass, features) =>
      normalise(pass, name, tf.matMul<tf.Tensor3D>(features, pass.weight(`${name}.weight`)), pass.adjacency, 2),
  };
}

/** mish(BN(X)) without a graph: the code's path into the fusion module (protocol §2.5). */
export function normalisedMish(name: string, width: number): Layer {
  return {
    parameters: batchNormParameters(name, width, false),
    batchNorms: [{ name, width, updates: 1 }],
    // A graph of one node whose only successor is itself.
    apply: (pass, features) => normalise(pass, name, features, tf.ones([1, 1, 1]), 1),
  };
}

function batchNormParameters(name: string, width: number, twoWay: boolean): ParameterSpec[] {
  return [
    { name: `${name}.gamma`, shape: [width], initial: { constant: 1 }, twoWay },
    { name: `${name}.beta`, shape: [width], initial: { constant: 0 }, twoWay },
  ];
}

function normalise(
  pass: Pass,
  name: string,
  u: tf.Tensor3D,
  adjacency: tf.Tensor3D,
  directions: Directions,
): tf.Tensor3D {
  if (!pass.training) {
    const { scale, shift } = pass.affine(name);
    return fixedGraphNorm(u, adjacency, scale, shift, directions, pass.mask);
  }
  const [gamma, beta] = [pass.weight(`${name}.gamma`), pass.weight(`${name}.beta`)];
  const { output, mean, variance } = graphNorm(u, adjacency, gamma, beta, directions, pass.mask);
  pass.observe(name, mean, variance);
  return output;
}
