import * as tf from '@tensorflow/tfjs';
import { initialStatistics, weightRanges } from './engine';
import { liveLayers, liveParameters, type Convolution, type Network, type Term } from './network';
import { convolve, forward, parameterTensors, tensorsAt } from './plain-engine';
import { watchedLayers, type Probe } from './probe';

/**
 * The same as `nativeProbe` with TensorFlow's operations: the reference that it is tested against. Hessian products are by
 * differentiation, twice.
 */
export function plainProbe(network: Network, batch: number, parameters: Float32Array): Probe {
  const statistics = initialStatistics(network);
  const live = liveParameters(network);
  const imageGradient = (images: Float32Array): Float32Array =>
    tf.tidy(() => {
      const weights = tensorsAt(live, parameterTensors(live, parameters));
      const sum = (x: tf.Tensor): tf.Tensor =>
        // Without a path no logit depends on the images, which TensorFlow takes for a mistake.
        forward(network, x as tf.Tensor4D, weights, statistics, 'batch')
          .sum()
          .add(x.sum().mul(0));
      return tf.grad(sum)(imagesOf(network, images)).dataSync<'float32'>();
    });

  return {
    network,
    batch,
    parameters,
    observe(images, targets) {
      const seen = tf.tidy(() => {
        const outputs: tf.Tensor[] = [];
        const shapes = convolutionShapes(network, batch);
        // Zeros added to each output, so that their gradients are the outputs'.
        const zeros = [...shapes, [batch, network.classes]].map((shape) => tf.zeros(shape));
        const { value, grads } = tf.valueAndGrads((...inputs) => {
          outputs.length = 0;
          const [weights, added] = [inputs.slice(0, live.length), inputs.slice(live.length)];
          const watch = <T extends tf.Tensor>(output: T): T => {
            const watched = output.add<T>(added[outputs.length]!);
            outputs.push(tf.keep(watched.clone()));
            return watched;
          };
          const logits = forward(network, imagesOf(network, images), tensorsAt(live, weights), statistics, 'batch', {
            convolved: (output) => watch(output),
          });
          return tf.losses.softmaxCrossEntropy(targetsOf(network, targets), watch(logits)).asScalar();
        })([...parameterTensors(live, parameters), ...zeros]);
        const products = watchedLayers(network).map(({ channels }, i) => {
          const product = outputs[i]!.mul(grads[live.length + i]!)
            .reshape([batch, -1, channels])
            .sum(1);
          return product.dataSync<'float32'>();
        });
        tf.dispose(outputs);
        return {
          loss: value.dataSync()[0]!,
          gradient: flat(network, grads.slice(0, live.length)),
          products,
        };
      });
      const agreements = tf.tidy(() => agreementsOf(network, imagesOf(network, images), parameters));
      return {
        loss: seen.loss,
        gradient: seen.gradient,
        hessianWeights: hessianProduct(network, parameters, images, targets, weightsOf(network, parameters)),
        units: {
          products: seen.products,
          agreements: Float64Array.from(agreements),
          imageGradient: imageGradient(images),
        },
      };
    },
    dispose: () => undefined,
  };
}

/**
 * The Hessian of the mean cross-entropy times a vector, both over all parameters (see `Observation.hessianWeights`).
 *
 * @param images `[batch, size, size, 3]`
 * @param targets `[batch, classes]`
 */
export function hessianProduct(
  network: Network,
  parameters: Float32Array,
  images: Float32Array,
  targets: Float32Array,
  vector: Float32Array,
): Float32Array {
  const live = liveParameters(network);
  const batch = targets.length / network.classes;
  return tf.tidy(() => {
    const tangents = tensorsAt(live, parameterTensors(live, vector));
    // The gradient of the loss's derivative in the vector's direction.
    const derivative = (...weights: tf.Tensor[]): tf.Scalar => {
      const logits = forwardDual(network, imagesOf(network, images), tensorsAt(live, weights), tangents);
      const slopes = tf.softmax(logits.value).sub(targetsOf(network, targets)).div(batch);
      return slopes.mul(logits.tangent).sum().asScalar();
    };
    return flat(network, tf.grads(derivative)(parameterTensors(live, parameters)));
  });
}

function imagesOf(network: Network, values: Float32Array): tf.Tensor4D {
  const { size } = network.maps[0]!;
  return tf.tensor4d(values, [values.length / (3 * size ** 2), size, size, 3]);
}

function targetsOf({ classes }: Network, values: Float32Array): tf.Tensor2D {
  return tf.tensor2d(values, [values.length / classes, classes]);
}

/** Gradients of the live parameters, at their places among all. */
function flat(network: Network, gradients: readonly tf.Tensor[]): Float32Array {
  const all = new Float32Array(network.parameterCount);
  liveParameters(network).forEach(({ offset }, i) => all.set(gradients[i]!.dataSync<'float32'>(), offset));
  return all;
}

/** The weights of convolutions and dense layer, and zeros for all other parameters. */
function weightsOf(network: Network, parameters: Float32Array): Float32Array {
  const weights = new Float32Array(parameters.length);
  for (const [from, to] of weightRanges(network)) weights.set(parameters.subarray(from, to), from);
  return weights;
}

/** Shapes of the outputs of the convolutions, in the order of `watchedLayers`. */
function convolutionShapes(network: Network, batch: number): number[][] {
  return liveLayers(network).flatMap((layer) => {
    if (layer.kind !== 'sum') return [];
    const { size, channels } = network.maps[layer.output]!;
    return layer.terms.filter(({ convolution }) => convolution).map(() => [batch, size, size, channels]);
  });
}

function agreementsOf(network: Network, images: tf.Tensor4D, parameters: Float32Array): Float32Array {
  const [batch] = images.shape;
  const live = liveParameters(network);
  const weights = tensorsAt(live, parameterTensors(live, parameters));
  const readers = (map: number): number =>
    liveLayers(network)
      .flatMap((layer) => (layer.kind === 'sum' ? layer.terms : []))
      .filter(({ input, convolution }) => input === map && convolution).length + Number(network.features === map);
  let total: tf.Tensor = tf.zeros([batch, batch]);
  forward(network, images, weights, initialStatistics(network), 'batch', {
    relu: (value, output) => {
      const active = tf.step(value).reshape<tf.Tensor2D>([batch, -1]);
      const passive = tf.sub<tf.Tensor2D>(1, active);
      const equal = active.matMul(active, false, true).add(passive.matMul(passive, false, true));
      total = total.add(equal.mul(readers(output)));
      return tf.relu(value);
    },
  });
  return total.dataSync<'float32'>();
}

/** A value, and its derivative in one direction of the parameters. */
interface Dual<T extends tf.Tensor = tf.Tensor4D> {
  value: T;
  tangent: T;
}

/** The logits and their derivative in the direction of `tangents`, on networks of ReLUs, halvings and sums. */
function forwardDual(
  network: Network,
  images: tf.Tensor4D,
  weights: ReadonlyMap<number, tf.Tensor>,
  tangents: ReadonlyMap<number, tf.Tensor>,
): Dual<tf.Tensor2D> {
  const maps = new Map<number, Dual>([[0, { value: images, tangent: tf.zerosLike(images) }]]);
  const at = (offset: number): Dual<tf.Tensor> => ({ value: weights.get(offset)!, tangent: tangents.get(offset)! });
  for (const layer of liveLayers(network)) {
    const { size, channels } = network.maps[layer.output]!;
    let result: Dual;
    if (layer.kind === 'relu') {
      const { value, tangent } = maps.get(layer.input)!;
      result = { value: tf.relu(value), tangent: tangent.mul(tf.step(value)) };
    } else if (layer.kind === 'halve') {
      result = linear(maps.get(layer.input)!, (x) => tf.avgPool(x, 2, 2, 'valid'));
    } else if (layer.kind === 'sum') {
      const zeros = tf.zeros<tf.Rank.R4>([images.shape[0], size, size, channels]);
      const terms = layer.terms.map((term) => evaluate(maps.get(term.input)!, term, size, at, network.norm.epsilon));
      result = terms.reduce(plus, { value: zeros, tangent: zeros });
    } else throw new Error(`no second derivatives of a ${layer.kind}`);
    maps.set(layer.output, result);
  }
  const pooled = linear(maps.get(network.features)!, (x) => x.mean<tf.Tensor2D>([1, 2]));
  const [kernel, bias] = [at(network.dense.weights), at(network.dense.bias)];
  const product = bilinear(pooled, kernel, (x, w) => x.matMul(w as tf.Tensor2D) as tf.Tensor2D);
  return plus(product, bias as Dual<tf.Tensor2D>);
}

function evaluate(
  input: Dual,
  { pool, convolution, norm }: Term,
  size: number,
  at: (offset: number) => Dual<tf.Tensor>,
  epsilon: number,
): Dual {
  if (pool) return linear(input, (x) => tf.avgPool(x, 3, 1, 'same'));
  const convolved = (by: Convolution): Dual =>
    bilinear(input, at(by.weights), (x, w) => convolve(x, w as tf.Tensor4D, by, size));
  const result = convolution ? convolved(convolution) : input;
  return norm ? normalise(result, at(norm.gamma), at(norm.beta), epsilon) : result;
}

function normalise(x: Dual, gamma: Dual<tf.Tensor>, beta: Dual<tf.Tensor>, epsilon: number): Dual {
  const axes = [0, 1, 2];
  const centred = linear(x, (value) => value.sub(value.mean(axes)));
  const variance = centred.value.square().mean(axes);
  const slope = centred.value.mul(centred.tangent).mul(2).mean(axes);
  const deviation = variance.add(epsilon).rsqrt();
  const inverse = { value: deviation, tangent: slope.mul(deviation.pow(3)).mul(-0.5) };
  const times = (a: tf.Tensor, b: tf.Tensor): tf.Tensor4D => a.mul(b);
  return plus(bilinear(bilinear(centred, inverse, times), gamma, times), beta as Dual);
}

function plus<T extends tf.Tensor>(a: Dual<T>, b: Dual<T>): Dual<T> {
  return { value: a.value.add(b.value), tangent: a.tangent.add(b.tangent) };
}

function linear<S extends tf.Tensor, T extends tf.Tensor>(x: Dual<S>, f: (x: S) => T): Dual<T> {
  return { value: f(x.value), tangent: f(x.tangent) };
}

function bilinear<S extends tf.Tensor, T extends tf.Tensor>(
  x: Dual<S>,
  w: Dual<tf.Tensor>,
  f: (x: S, w: tf.Tensor) => T,
): Dual<T> {
  return { value: f(x.value, w.value), tangent: f(x.tangent, w.value).add(f(x.value, w.tangent)) };
}
