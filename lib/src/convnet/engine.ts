import { Random } from '../tensors/random';
import { type AddImage } from './augmentation';
import { type Network, type Parameter } from './network';

/** A network's parameters and what can be done with them; images are `[batch, size, size, 3]`, values in 0 … 1. */
export interface Engine {
  readonly network: Network;
  /** Images of every call. */
  readonly batch: number;
  /** All trainable values, flat, where `network.parameters` says; they change with every step. */
  readonly parameters: Float32Array;
  /** Moving means and variances of the batch norms. */
  readonly statistics: Float32Array;
  /**
   * One step of Adam (Keras' defaults β 0.9 and 0.999, ε 1e-7) on the mean cross-entropy of a batch.
   *
   * @param targets `[batch, classes]`, a distribution over the classes for each image
   * @returns the loss before the step; NaN when it diverged
   */
  step(images: Float32Array, targets: Float32Array, rate: number): number;
  /** The same loss and its gradient, without a step. Batch norms use the batch, as in training. */
  gradient(images: Float32Array, targets: Float32Array): { loss: number; gradient: Float32Array };
  /**
   * The sum of the logits times weights of their shape `[batch, classes]`, and its gradient; batch norms use the moving
   * statistics, as constants.
   */
  logitGradient(images: Float32Array, weights: Float32Array): { sum: number; gradient: Float32Array };
  /** Logits `[images, classes]` of any number of images; batch norms use the moving statistics. */
  predict(images: Float32Array): Float32Array;
  /** Augments images for it, by the means that the engine has. */
  addImage: AddImage;
  /** Forgets Adam's moments, as a new optimizer would. */
  restart(): void;
  /** Gives its memory back; nothing else may be called afterwards. */
  dispose(): void;
}

/**
 * The largest weight of a uniform initialisation, given how many inputs reach a unit and how many units an input reaches,
 * for weights of this shape `[…, in, out]`. Of a depthwise convolution, `[3, 3, channels, 1]`, Keras counts all channels.
 */
export type WeightLimit = (fanIn: number, fanOut: number, kind: Parameter['kind']) => number;

/** Glorot's uniform initialisation, Keras' default (protocol §6.2). */
const glorotUniform: WeightLimit = (fanIn, fanOut) => Math.sqrt(6 / (fanIn + fanOut));

/** Whether parameters of this kind are weights, of a convolution or the dense layer. */
export function isWeight(kind: Parameter['kind']): boolean {
  return kind === 'convolution' || kind === 'depthwise' || kind === 'dense';
}

/** Where the weights lie among the parameters: from, to, of each convolution and of the dense layer. */
export function weightRanges(network: Network): [number, number][] {
  return network.parameters
    .filter(({ kind }) => isWeight(kind))
    .map(({ shape, offset }) => [offset, offset + shape.reduce((a, b) => a * b, 1)]);
}

/** Fresh parameters: uniform weights, scales 1, shifts and biases 0. */
export function initialParameters(network: Network, random: Random, limitOf = glorotUniform): Float32Array {
  const values = new Float32Array(network.parameterCount);
  for (const { kind, shape, offset } of network.parameters) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (kind === 'gamma') values.fill(1, offset, offset + size);
    if (!isWeight(kind)) continue;
    // A kernel's taps all reach a unit: fan in = taps × inputs, fan out = taps × outputs.
    const taps = shape.slice(0, -2).reduce((a, b) => a * b, 1);
    const limit = limitOf(taps * shape.at(-2)!, taps * shape.at(-1)!, kind);
    for (let i = 0; i < size; i++) values[offset + i] = limit * (2 * random.uniform() - 1);
  }
  return values;
}

/** Fresh moving statistics: means 0, variances 1. */
export function initialStatistics(network: Network): Float32Array {
  const values = new Float32Array(network.statisticsCount);
  for (const layer of network.layers) {
    if (layer.kind !== 'sum') continue;
    const { channels } = network.maps[layer.output]!;
    for (const { norm } of layer.terms) {
      if (norm) values.fill(1, norm.statistics + channels, norm.statistics + 2 * channels);
    }
  }
  return values;
}
