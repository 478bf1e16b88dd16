import { initialStatistics, weightRanges } from './engine';
import { networkAddon } from './native-engine';
import { type Network } from './network';
import { pixelPlan } from './pixel-plan';
import { planesCannot } from './plane-plan';
import { watchedLayers, type Probe } from './probe';

/**
 * How much longer and shorter the weights become for the difference quotient that stands for the Hessian's product with
 * them. The states of all ReLUs are held fixed meanwhile, so that the gradient is a smooth function of that length; and
 * where a norm follows, the weights' length does not matter to it, so that long steps keep the quotient's error small.
 * On three networks of NAS-Bench-201, grasp is off by 6·10⁻⁵, 3·10⁻⁴ and 7·10⁻³ of its size from what differentiation
 * gives in double precision; the last is where differentiation in single precision is off by 3·10⁻².
 */
const STEP = 3e-3;

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
  const weights = weightRanges(network);
  const gradientAt = (images: Float32Array, targets: Float32Array, scale: number): Float32Array => {
    const original = parameters.slice();
    for (const [from, to] of weights) for (let i = from; i < to; i++) parameters[i]! *= scale;
    const gradient = new Float32Array(network.parameterCount);
    addon.gradient(handle, images, targets, gradient);
    parameters.set(original);
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
      const imageGradient = new Float32Array(images.length);
      const loss = addon.observe(handle, images, targets, gradient, all, agreements, imageGradient);
      let at = 0;
      const products = layers.map(({ channels }) => all.subarray(at, (at += batch * channels)));
      addon.freeze(handle);
      const [longer, shorter] = [1 + STEP, 1 - STEP].map((scale) => gradientAt(images, targets, scale));
      addon.thaw(handle);
      const hessianWeights = longer!.map((value, i) => (value - shorter![i]!) / (2 * STEP));
      return { loss, gradient, products, agreements, imageGradient, hessianWeights };
    },
    dispose: () => addon.dispose(handle),
  };
}
