import * as tf from '@tensorflow/tfjs';
import { currentBackend } from '../tensors/backend';
import { addImagePlainly } from './augmentation';
import { type Engine } from './engine';
import {
  liveLayers,
  liveParameters,
  type Convolution,
  type Gate,
  type Network,
  type Parameter,
  type Term,
} from './network';

/** Keras' defaults (protocol §6.2). */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/**
 * Runs a network with TensorFlow's own operations and gradients: the reference that the native engine is tested against,
 * and the engine where that one was not built. Both arrays are worked on in place.
 *
 * @throws Error on WebAssembly, which has no gradient of a convolution's weights
 */
export function plainEngine(
  network: Network,
  batch: number,
  parameters: Float32Array,
  statistics: Float32Array,
): Engine {
  if (currentBackend().name === 'wasm') {
    throw new Error('WebAssembly has no gradient of convolution weights, so it trains no networks: npm run setup');
  }
  const { size } = network.maps[0]!;
  const imagesOf = (values: Float32Array): tf.Tensor4D =>
    tf.tensor4d(values, [values.length / size ** 2 / 3, size, size, 3]);
  const live = liveParameters(network);
  let first = new Float32Array(network.parameterCount);
  let second = new Float32Array(network.parameterCount);
  let steps = 0;

  const valueAndGradient = (images: Float32Array, norms: Norms, objective: (logits: tf.Tensor2D) => tf.Scalar) =>
    tf.tidy(() => {
      const x = imagesOf(images);
      const { value, grads } = tf.valueAndGrads((...weights) =>
        objective(forward(network, x, tensorsAt(live, weights), statistics, norms)),
      )(parameterTensors(live, parameters));
      const gradient = new Float32Array(network.parameterCount);
      live.forEach(({ offset }, i) => gradient.set(grads[i]!.dataSync<'float32'>(), offset));
      return { value: value.dataSync()[0]!, gradient };
    });
  const lossAndGradient = (images: Float32Array, targets: Float32Array, norms: Norms) => {
    const { value, gradient } = valueAndGradient(images, norms, (logits) =>
      tf.losses.softmaxCrossEntropy(tf.tensor2d(targets, [batch, network.classes]), logits).asScalar(),
    );
    return { loss: value, gradient };
  };

  return {
    network,
    batch,
    parameters,
    statistics,
    step(images, targets, rate) {
      const moments: Moments = [];
      const { loss, gradient } = lossAndGradient(images, targets, moments);
      const { momentum } = network.norm;
      for (const { position, mean, variance, count } of moments) {
        mean.forEach((value, c) => {
          move(statistics, position + c, value, momentum);
          // Both PyTorch and TensorFlow's fused kernel keep the unbiased variance.
          move(statistics, position + mean.length + c, (variance[c]! * count) / (count - 1 || 1), momentum);
        });
      }
      steps++;
      const corrected = (rate * Math.sqrt(1 - ADAM.beta2 ** steps)) / (1 - ADAM.beta1 ** steps);
      gradient.forEach((g, i) => {
        first[i]! += (1 - ADAM.beta1) * (g - first[i]!);
        second[i]! += (1 - ADAM.beta2) * (g * g - second[i]!);
        parameters[i]! -= (corrected * first[i]!) / (Math.sqrt(second[i]!) + ADAM.epsilon);
      });
      return loss;
    },
    gradient: (images, targets) => lossAndGradient(images, targets, 'batch'),
    logitGradient(images, weights) {
      const { value, gradient } = valueAndGradient(images, 'moving', (logits) =>
        logits.mul(tf.tensor2d(weights, [batch, network.classes])).sum(),
      );
      return { sum: value, gradient };
    },
    predict: (images) =>
      tf.tidy(() => {
        const weights = tensorsAt(live, parameterTensors(live, parameters));
        return forward(network, imagesOf(images), weights, statistics, 'moving').dataSync<'float32'>();
      }),
    addImage: addImagePlainly,
    restart() {
      first = new Float32Array(network.parameterCount);
      second = new Float32Array(network.parameterCount);
      steps = 0;
    },
    dispose: () => undefined,
  };
}

/** The values of some parameters as tensors, in the same order. */
export function parameterTensors(parameters: readonly Parameter[], values: Float32Array): tf.Tensor[] {
  return parameters.map(({ shape, offset }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tf.tensor(values.slice(offset, offset + size), [...shape]);
  });
}

/** The tensors of some parameters by offset. */
export function tensorsAt(parameters: readonly Parameter[], tensors: readonly tf.Tensor[]): Map<number, tf.Tensor> {
  return new Map(parameters.map(({ offset }, i) => [offset, tensors[i]!]));
}

/** Batch means and variances of each norm, filled in by a forward pass. */
type Moments = { position: number; mean: Float32Array; variance: Float32Array; count: number }[];

/** What batch norms use: the batch (and, given an array, report its moments there), or the moving statistics. */
type Norms = Moments | 'batch' | 'moving';

/** What may come between the operations of a network: each gets a value and gives the one to go on with. */
export interface Interception {
  /** After a convolution, before its norm. */
  convolved?: (value: tf.Tensor4D, convolution: Convolution) => tf.Tensor4D;
  /** In place of a ReLU, by the map that it makes. */
  relu?: (value: tf.Tensor4D, output: number) => tf.Tensor4D;
}

/**
 * Logits `[batch, classes]` of images `[batch, size, size, 3]`.
 *
 * @param weights the parameter tensors by offset
 */
export function forward(
  network: Network,
  images: tf.Tensor4D,
  weights: ReadonlyMap<number, tf.Tensor>,
  statistics: Float32Array,
  norms: Norms,
  { convolved = (value) => value, relu = (value) => tf.relu(value) }: Interception = {},
): tf.Tensor2D {
  const maps = new Map<number, tf.Tensor4D>([[0, images]]);

  const normalise = (x: tf.Tensor4D, { gamma, beta, statistics: position }: NonNullable<Term['norm']>): tf.Tensor4D => {
    const channels = x.shape[3];
    let mean: tf.Tensor, variance: tf.Tensor;
    if (norms === 'moving') {
      mean = tf.tensor1d(statistics.slice(position, position + channels));
      variance = tf.tensor1d(statistics.slice(position + channels, position + 2 * channels));
    } else {
      ({ mean, variance } = tf.moments(x, [0, 1, 2]));
      if (norms !== 'batch') {
        const [m, v] = [mean.dataSync<'float32'>(), variance.dataSync<'float32'>()];
        norms.push({ position, mean: m, variance: v, count: x.size / channels });
      }
    }
    const scale = weights.get(gamma)!.mul(variance.add(network.norm.epsilon).rsqrt());
    return x.sub(mean).mul(scale).add(weights.get(beta)!);
  };

  const evaluate = ({ input, pool, convolution, norm, activation }: Term, size: number): tf.Tensor4D => {
    let value = maps.get(input)!;
    // TensorFlow's "same" average pool does not count what lies outside.
    if (pool) return tf.avgPool(value, 3, 1, 'same');
    if (convolution) {
      const kernel = weights.get(convolution.weights) as tf.Tensor4D;
      value = convolved(convolve(value, kernel, convolution, size), convolution);
    }
    if (norm) value = normalise(value, norm);
    return activation ? mish(value) : value;
  };

  for (const layer of liveLayers(network)) {
    const { size, channels } = network.maps[layer.output]!;
    let value: tf.Tensor4D;
    if (layer.kind === 'relu') value = relu(maps.get(layer.input)!, layer.output);
    else if (layer.kind === 'halve') value = tf.avgPool(maps.get(layer.input)!, 2, 2, 'valid');
    else if (layer.kind === 'concatenate')
      value = tf.concat(
        layer.inputs.map((input) => maps.get(input)!),
        3,
      );
    else if (layer.kind === 'slice')
      value = maps.get(layer.input)!.slice([0, 0, 0, layer.from], [-1, -1, -1, channels]);
    else if (layer.kind === 'gate') value = gate(maps.get(layer.input)!, layer, weights);
    else if (layer.terms.length === 0) value = tf.zeros([images.shape[0], size, size, channels]);
    else value = layer.terms.map((term) => evaluate(term, size)).reduce((a, b) => a.add(b));
    maps.set(layer.output, value);
  }
  const pooled = maps.get(network.features)!.mean<tf.Tensor2D>([1, 2]);
  const { dense } = network;
  return pooled.matMul(weights.get(dense.weights) as tf.Tensor2D).add(weights.get(dense.bias)!);
}

function mish<T extends tf.Tensor>(x: T): T {
  return x.mul(tf.tanh(tf.softplus(x)));
}

function gate(x: tf.Tensor4D, layer: Gate, weights: ReadonlyMap<number, tf.Tensor>): tf.Tensor4D {
  const [batch, , , channels] = x.shape;
  const { hidden } = layer;
  const matrix = (offset: number, inputs: number, outputs: number): tf.Tensor2D =>
    weights.get(offset)!.reshape([inputs, outputs]);
  const means = x.mean<tf.Tensor2D>([1, 2]);
  const [query, key, value] = [layer.query, layer.key, layer.value].map((offset) =>
    mish(means.matMul(matrix(offset, channels, hidden))),
  );
  const scores = query!.reshape([batch, hidden, 1]).mul(key!.reshape([batch, 1, hidden]));
  const attended = tf
    .softmax(scores)
    .matMul(value!.reshape([batch, hidden, 1]))
    .reshape<tf.Tensor2D>([batch, hidden]);
  const factor = attended
    .matMul(matrix(layer.projection, hidden, channels))
    .add(3)
    .clipByValue(0, 6)
    .div(6);
  return x.mul(factor.reshape([batch, 1, 1, channels]));
}

/** @param size side of the output */
export function convolve(
  x: tf.Tensor4D,
  weights: tf.Tensor4D,
  { kernel, stride, padding, depthwise }: Convolution,
  size: number,
): tf.Tensor4D {
  if (depthwise) return tf.depthwiseConv2d(x, weights, 1, 'same');
  const after = Math.max(0, (size - 1) * stride + kernel - x.shape[1] - padding);
  const sides: [number, number] = [padding, after];
  return tf.conv2d(kernel === 1 ? x : tf.pad(x, [[0, 0], sides, sides, [0, 0]]), weights, stride, 'valid');
}

function move(values: Float32Array, at: number, to: number, momentum: number): void {
  values[at]! += (1 - momentum) * (to - values[at]!);
}
