import { initialStatistics, isWeight } from './engine';
import { networkAddon } from './native-engine';
import { type Network } from './network';
import { pixelPlan } from './pixel-plan';
import { planesCannot } from './plane-plan';
import { watchedLayers, type Probe } from './probe';

/**
 * Length of the step to each side, relative to the weights' own length, that a Hessian product is a difference quotient
 * over. The states of all ReLUs are held fixed meanwhile, so that the gradient is a smooth function of the step. Longer
 * steps leave the range where it is straight (10⁻³ may turn the sign of grasp), shorter ones drown in rounding; half and
 * twice this length move grasp of the benchmark's networks by 1 % at most.
 */
const STEP = 2e-5;

/**
 * A probe that works on one core, of networks of ReLUs, pools, norms and full convolutions.
 *
 * @throws Error when the native library was not built, or has not what the network needs
 */
export function nativeProbe(network: Network, batch: number, parameters: Float32Array): Probe {
  if (planesCannot(network) === undefined) {
    throw new Error('a probe needs a network of ReLUs; this one has depthwise convolutions, gates or Mish');
  }
  const addon = networkAddon();
  const { epsilon, momentum } = network.norm;
  const plan = pixelPlan(network, batch, false);
  const handle = addon.create(plan, epsilon, momentum, parameters, initialStatistics(network));
  const layers = watchedLayers(network);
  const gradientAt = (images: Float32Array, targets: Float32Array): Float32Array => {
    const gradient = new Float32Array(network.parameterCount);
    addon.gradient(handle, images, targets, gradient);
    return gradient;
  };
  return {
    network,
    batch,
    parameters,
    observe(images, targets) {
      const gradient = new Float32Array(network.parameterCount);
      const agreements = new Float64Array(batch ** 2);
      const all = new Float32Array(batch * layers.reduce((sum, { channels }) => sum + channels, 0));
      const loss = addon.observe(handle, images, targets, gradient, all, agreements);
      let at = 0;
      const products = layers.map(({ channels }) => all.subarray(at, (at += batch * channels)));
      return { loss, gradient, products, agreements };
    },
    imageGradient(images) {
      const gradient = new Float32Array(images.length);
      addon.imageGradient(handle, images, gradient);
      return gradient;
    },
    hessianProduct(images, targets, vector) {
      const length = norm(vector);
      if (length === 0) return new Float32Array(network.parameterCount);
      const original = parameters.slice();
      const step = (STEP * norm(weightsOf(network, parameters))) / length;
      addon.freeze(handle, images);
      const [ahead, behind] = [1, -1].map((sign) => {
        vector.forEach((value, i) => (parameters[i] = original[i]! + sign * step * value));
        return gradientAt(images, targets);
      });
      addon.thaw(handle);
      parameters.set(original);
      return ahead!.map((value, i) => (value - behind![i]!) / (2 * step));
    },
    dispose: () => addon.dispose(handle),
  };
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** The weights of convolutions and dense layer, and zeros for all other parameters. */
function weightsOf(network: Network, parameters: Float32Array): Float32Array {
  const weights = new Float32Array(parameters.length);
  for (const { kind, shape, offset } of network.parameters) {
    const end = offset + shape.reduce((a, b) => a * b, 1);
    if (isWeight(kind)) weights.set(parameters.subarray(offset, end), offset);
  }
  return weights;
}
