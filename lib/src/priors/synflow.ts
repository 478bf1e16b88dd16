/** Synflow: what a network's fresh weights carry from an all-ones image to the logits (protocol §6.5). */
import { Random } from '../tensors/random';
import { type CreateEngine } from '../convnet/create-engine';
import { initialParameters, initialStatistics, isWeight } from '../convnet/engine';
import { nativeEngine } from '../convnet/native-engine';
import { liveParameters, type Layer, type Network } from '../convnet/network';
import { torchUniform } from '../convnet/torch-initialisation';

/**
 * The natural logarithm of Tanaka et al.'s synflow of a network, as in `SamsungLabs/zero-cost-nas`: absolute weights, no
 * batch norms, R = the sum of the logits of an all-ones image; the sum over the weights θ of convolutions and dense layer
 * of θ · ∂R/∂θ. One fresh initialisation; −∞ for a network without a path from image to logits.
 */
export function logSynflow(network: Network, seed: number, createEngine: CreateEngine = nativeEngine): number {
  const parameters = initialParameters(network, new Random(seed, 'synflow weights'), torchUniform);
  return logSynflowOf(network, parameters, createEngine);
}

/**
 * The same for any parameters, of which absolute values are taken. What is not linear is left out with the batch norms:
 * ReLU and Mish, which let large numbers through, and gates, which they open.
 *
 * R grows beyond what float32 holds (1e32 … 1e61), but the network without all that is linear. Where every way to the
 * logits crosses a halving of the image in a convolution, as in NAS-Bench-201, weights that are divided there by a divide
 * R and the score by a; elsewhere the image and the dense layer are divided by the square root of R, which carries 1e76.
 *
 * @throws RangeError when the network carries more
 */
export function logSynflowOf(
  network: Network,
  parameters: Float32Array,
  createEngine: CreateEngine = nativeEngine,
): number {
  const positive = parameters.map(Math.abs);
  const linear = linearised(network);
  const { scale, logFactor } = divideByActivations(linear, positive);
  if (logFactor === -Infinity) return -Infinity;
  const { gradient } = imageGradient(linear, positive, scale, createEngine);
  let score = 0;
  for (const { kind, shape, offset } of liveParameters(linear)) {
    if (!isWeight(kind)) continue;
    const end = offset + shape.reduce((a, b) => a * b, 1);
    for (let i = offset; i < end; i++) score += positive[i]! * gradient[i]!;
  }
  if (!Number.isFinite(score)) throw new RangeError('synflow: the network carries more than float32 can follow');
  return Math.log(score) + logFactor;
}

/**
 * The score of the authors' `synflow.py`, which is not Tanaka et al.'s: signed Glorot weights, batch norms with their
 * initial statistics; the mean over all trained tensors of the sum of |θ · ∂R/∂θ|.
 */
export function officialSynflow(network: Network, seed: number, createEngine: CreateEngine = nativeEngine): number {
  const parameters = initialParameters(network, new Random(seed, 'synflow weights'));
  const { gradient } = imageGradient(network, parameters, 1, createEngine);
  const tensors = liveParameters(network);
  let total = 0;
  for (const { shape, offset } of tensors) {
    const end = offset + shape.reduce((a, b) => a * b, 1);
    for (let i = offset; i < end; i++) total += Math.abs(parameters[i]! * gradient[i]!);
  }
  return total / tensors.length;
}

/** R and its gradient for one image whose numbers are all `value`. */
function imageGradient(
  network: Network,
  parameters: Float32Array,
  value: number,
  createEngine: CreateEngine,
): { sum: number; gradient: Float32Array } {
  const { size, channels } = network.maps[0]!;
  const engine = createEngine(network, 1, parameters, initialStatistics(network));
  const image = new Float32Array(size * size * channels).fill(value);
  const result = engine.logitGradient(image, new Float32Array(network.classes).fill(1));
  engine.dispose();
  return result;
}

/** The network with its batch norms, activations after them and gates left out; their parameters stay, unused. */
export function linearised(network: Network): Network {
  const layers = network.layers.map((layer): Layer => {
    if (layer.kind === 'gate') return { kind: 'sum', terms: [{ input: layer.input }], output: layer.output };
    if (layer.kind !== 'sum') return layer;
    return { ...layer, terms: layer.terms.map((term) => ({ ...term, norm: undefined, activation: undefined })) };
  });
  return { ...network, layers };
}

/**
 * Divides weights by the largest activations that they meet, in place: at each halving of the image where that is all that
 * halving does, and in the dense layer.
 *
 * The activations are those far from the border of a large image, a number a channel, in float64; with weights of one sign
 * the border has smaller ones.
 *
 * @param parameters not negative
 * @returns the number that each pixel of the image shall be in place of 1, and the sum of the logarithms of all divisors;
 *   −∞ where all activations are 0
 */
function divideByActivations(network: Network, parameters: Float32Array): { scale: number; logFactor: number } {
  const halvings = dividedHalvings(network);
  const activations: Float64Array[] = [new Float64Array(network.maps[0]!.channels).fill(1)];
  let logarithm = 0;

  const divide = (weights: number, size: number, by: number): void => {
    for (let i = weights; i < weights + size; i++) parameters[i]! /= by;
  };
  for (const layer of network.layers) {
    if (layer.kind !== 'sum') {
      activations[layer.output] = passedOn(layer, network, activations);
      continue;
    }
    const channels = network.maps[layer.output]!.channels;
    const sum = new Float64Array(channels);
    for (const { input, convolution } of layer.terms) {
      const from = activations[input]!;
      if (!convolution) {
        from.forEach((value, c) => (sum[c]! += value));
        continue;
      }
      const { weights, kernel, stride, depthwise } = convolution;
      if (stride === 2 || halvings.has(input)) {
        const largest = Math.max(...from);
        if (largest === 0) return { scale: 1, logFactor: -Infinity };
        divide(weights, kernel ** 2 * from.length * channels, largest);
        // The shortcut beside it reads the same map, so the same divisor counts once.
        if (stride === 2) logarithm += Math.log(largest);
      }
      for (let tap = 0, at = weights; tap < kernel ** 2; tap++) {
        if (depthwise) from.forEach((value, c) => (sum[c]! += value * parameters[at++]!));
        else for (const value of from) for (let c = 0; c < channels; c++) sum[c]! += value * parameters[at++]!;
      }
    }
    activations[layer.output] = sum;
  }
  const last = activations[network.features]!;
  const largest = Math.max(...last);
  if (largest === 0) return { scale: 1, logFactor: -Infinity };
  const logFactor = logarithm + Math.log(largest);
  const divided = network.layers.some(isStrided);
  const scale = divided ? 1 : 1 / Math.sqrt(largest);
  divide(network.dense.weights, last.length * network.classes, largest * scale);
  return { scale, logFactor };
}

/** Whether a layer holds a convolution that halves the image. */
function isStrided(layer: Layer): boolean {
  return layer.kind === 'sum' && layer.terms.some(({ convolution }) => convolution?.stride === 2);
}

/** The maps of means of 2×2 blocks that are the shortcut beside a convolution that halves the image. */
function dividedHalvings(network: Network): Set<number> {
  if (!network.layers.some(isStrided)) return new Set();
  return new Set(network.layers.flatMap((layer) => (layer.kind === 'halve' ? [layer.output] : [])));
}

/** What a layer that computes nothing new makes of the activations. */
function passedOn(
  layer: Exclude<Layer, { kind: 'sum' }>,
  network: Network,
  activations: readonly Float64Array[],
): Float64Array {
  if (layer.kind === 'concatenate') return Float64Array.from(layer.inputs.flatMap((map) => [...activations[map]!]));
  const from = activations[layer.input]!;
  if (layer.kind !== 'slice') return from;
  return from.subarray(layer.from, layer.from + network.maps[layer.output]!.channels);
}
