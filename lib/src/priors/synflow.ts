/** Synflow: what a network's fresh weights carry from an all-ones image to the logits (protocol §6.5). */
import { type Cell } from '../benchmarks/nas-bench-201/cell';
import { Random } from '../tensors/random';
import { CELL_NETWORKS, cellNetwork } from '../benchmarks/nas-bench-201/cell-network';
import { type CreateEngine } from '../convnet/create-engine';
import { initialParameters, initialStatistics, isWeight } from '../convnet/engine';
import { nativeEngine } from '../convnet/native-engine';
import { liveParameters, type Network } from '../convnet/network';
import { torchUniform } from '../convnet/torch-initialisation';

/**
 * The natural logarithm of Tanaka et al.'s synflow of a cell's benchmark network, as in `SamsungLabs/zero-cost-nas`:
 * absolute weights, no batch norms, R = the sum of the logits of an all-ones image; the sum over the weights θ of
 * convolutions and dense layer of θ · ∂R/∂θ. One fresh initialisation; −∞ for a cell without a path.
 */
export function logSynflow(cell: Cell, seed: number, createEngine: CreateEngine = nativeEngine): number {
  const network = withoutNorms(cellNetwork(cell, CELL_NETWORKS.benchmark));
  const parameters = initialParameters(network, new Random(seed, 'synflow weights'), torchUniform);
  return logSynflowOf(network, parameters, createEngine);
}

/**
 * The same for any network without batch norms and any parameters, of which absolute values are taken.
 *
 * R grows beyond what float32 holds (1e32 … 1e61), but it is homogeneous: every way through the network crosses each
 * halving of the image and the dense layer once, so weights that are divided there by a divide R and the score by a.
 */
export function logSynflowOf(
  network: Network,
  parameters: Float32Array,
  createEngine: CreateEngine = nativeEngine,
): number {
  const positive = parameters.map(Math.abs);
  const logFactor = divideByActivations(network, positive);
  if (logFactor === -Infinity) return -Infinity;
  const { gradient } = onesGradient(network, positive, createEngine);
  let score = 0;
  for (const { kind, shape, offset } of liveParameters(network)) {
    if (!isWeight(kind)) continue;
    const end = offset + shape.reduce((a, b) => a * b, 1);
    for (let i = offset; i < end; i++) score += positive[i]! * gradient[i]!;
  }
  return Math.log(score) + logFactor;
}

/**
 * The score of the authors' `synflow.py`, which is not Tanaka et al.'s: signed Glorot weights of their network, batch norms
 * with their initial statistics; the mean over all trained tensors of the sum of |θ · ∂R/∂θ|.
 */
export function officialSynflow(cell: Cell, seed: number, createEngine: CreateEngine = nativeEngine): number {
  const network = cellNetwork(cell, CELL_NETWORKS.official);
  const parameters = initialParameters(network, new Random(seed, 'synflow weights'));
  const { gradient } = onesGradient(network, parameters, createEngine);
  const tensors = liveParameters(network);
  let total = 0;
  for (const { shape, offset } of tensors) {
    const end = offset + shape.reduce((a, b) => a * b, 1);
    for (let i = offset; i < end; i++) total += Math.abs(parameters[i]! * gradient[i]!);
  }
  return total / tensors.length;
}

/** R and its gradient for one all-ones image. */
function onesGradient(
  network: Network,
  parameters: Float32Array,
  createEngine: CreateEngine,
): { sum: number; gradient: Float32Array } {
  const { size, channels } = network.maps[0]!;
  const engine = createEngine(network, 1, parameters, initialStatistics(network));
  const ones = (length: number): Float32Array => new Float32Array(length).fill(1);
  const result = engine.logitGradient(ones(size * size * channels), ones(network.classes));
  engine.dispose();
  return result;
}

/** The network with its batch norms left out; their parameters stay, unused. */
export function withoutNorms(network: Network): Network {
  const layers = network.layers.map((layer) =>
    layer.kind === 'sum' ? { ...layer, terms: layer.terms.map((term) => ({ ...term, norm: undefined })) } : layer,
  );
  return { ...network, layers };
}

/**
 * Divides the weights at each halving of the image and of the dense layer by the largest activation there, in place.
 *
 * The activations are those far from the border of a large image, a number a channel, in float64; with weights of one sign
 * the border has smaller ones.
 *
 * @param parameters not negative
 * @returns the sum of the logarithms of the divisors; −∞ where all activations are 0
 */
function divideByActivations(network: Network, parameters: Float32Array): number {
  const activations: Float64Array[] = [new Float64Array(network.maps[0]!.channels).fill(1)];
  const halved = new Set<number>();
  let logarithm = 0;

  const divide = (weights: number, size: number, by: number): void => {
    for (let i = weights; i < weights + size; i++) parameters[i]! /= by;
  };
  for (const layer of network.layers) {
    if (layer.kind === 'relu' || layer.kind === 'halve') {
      activations[layer.output] = activations[layer.input]!;
      if (layer.kind === 'halve') halved.add(layer.output);
      continue;
    }
    if (layer.kind !== 'sum') throw new Error(`no synflow yet of a network with a layer of kind ${layer.kind}`);
    const channels = network.maps[layer.output]!.channels;
    const sum = new Float64Array(channels);
    for (const { input, convolution } of layer.terms) {
      const from = activations[input]!;
      if (!convolution) {
        from.forEach((value, c) => (sum[c]! += value));
        continue;
      }
      const { weights, kernel, stride } = convolution;
      if (stride === 2 || halved.has(input)) {
        const largest = Math.max(...from);
        if (largest === 0) return -Infinity;
        divide(weights, kernel ** 2 * from.length * channels, largest);
        // The shortcut beside it reads the same map, so the same divisor counts once.
        if (stride === 2) logarithm += Math.log(largest);
      }
      for (let tap = 0, at = weights; tap < kernel ** 2; tap++) {
        for (const value of from) for (let c = 0; c < channels; c++) sum[c]! += value * parameters[at++]!;
      }
    }
    activations[layer.output] = sum;
  }
  const last = activations[network.features]!;
  const largest = Math.max(...last);
  if (largest === 0) return -Infinity;
  divide(network.dense.weights, last.length * network.classes, largest);
  return logarithm + Math.log(largest);
}
