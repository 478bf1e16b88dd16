import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Engine } from './engine';
import { type Network } from './network';
import { pixelPlan } from './pixel-plan';
import { planePlan, planesCannot } from './plane-plan';

/** The library that `setup.sh` builds from lib/native/network_*.cc. */
export interface NetworkAddon {
  /** The instruction set in use on this processor: 'AVX-512', 'AVX2 and FMA', 'baseline'. */
  instructions: string;
  create(
    plan: Int32Array,
    epsilon: number,
    momentum: number,
    parameters: Float32Array,
    statistics: Float32Array,
  ): Handle;
  step(handle: Handle, images: Float32Array, targets: Float32Array, rate: number): number;
  gradient(handle: Handle, images: Float32Array, targets: Float32Array, out: Float32Array): number;
  logitGradient(handle: Handle, images: Float32Array, weights: Float32Array, out: Float32Array): number;
  predict(handle: Handle, images: Float32Array, logits: Float32Array): void;
  addImage(
    pixels: Uint8Array,
    acrossSources: Int32Array,
    acrossWeights: Float32Array,
    downSources: Int32Array,
    downWeights: Float32Array,
    scale: number,
    to: Float32Array,
  ): void;
  observe(
    handle: Handle,
    images: Float32Array,
    targets: Float32Array,
    gradient: Float32Array,
    products: Float32Array,
    agreements: Float64Array,
    imageGradient: Float32Array,
  ): number;
  freeze(handle: Handle): void;
  thaw(handle: Handle): void;
  restart(handle: Handle): void;
  dispose(handle: Handle): void;
}
type Handle = object;

const ADDON = path.resolve(__dirname, '../../native/build/network_engine.node');

/** Whether the native library was built. */
export function hasNativeEngine(): boolean {
  return existsSync(ADDON);
}

/**
 * The native library.
 *
 * @throws Error when it was not built
 */
export function networkAddon(): NetworkAddon {
  if (!hasNativeEngine()) throw new Error(`${ADDON} is missing; build it with: npm run setup`);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a compiled addon has no import
  return require(ADDON) as NetworkAddon;
}

/**
 * A network of the native library, which works on both arrays in place.
 *
 * @throws RangeError when an array is too short
 */
export function createNetwork(
  { norm, parameterCount, statisticsCount }: Network,
  plan: Int32Array,
  parameters: Float32Array,
  statistics: Float32Array,
): Handle {
  if (parameters.length < parameterCount || statistics.length < statisticsCount)
    throw new RangeError(`expected ${parameterCount} parameters and ${statisticsCount} statistics`);
  return networkAddon().create(plan, norm.epsilon, norm.momentum, parameters, statistics);
}

/** Whether a network has the engine of lib/native/network_planes.h, which keeps a channel's pixels together. */
function hasPlanes(network: Network): boolean {
  return planesCannot(network) === undefined;
}

/**
 * Runs a network on one core of the CPU, a whole step in one call: several times as fast for these small networks as
 * TensorFlow's operations one by one, and in need of no TensorFlow. Both arrays are worked on in place.
 *
 * @throws Error when the native library was not built, or when it has not what the network needs
 */
export function nativeEngine(
  network: Network,
  batch: number,
  parameters: Float32Array,
  statistics: Float32Array,
): Engine {
  const addon = networkAddon();
  // Networks of ReLU and pools have an engine that keeps a pixel's channels together; see lib/native/network_planes.h.
  const plan = hasPlanes(network) ? planePlan(network, batch) : pixelPlan(network, batch);
  const handle = createNetwork(network, plan, parameters, statistics);
  return {
    network,
    batch,
    parameters,
    statistics,
    step: (images, targets, rate) => addon.step(handle, images, targets, rate),
    gradient: (images, targets) => {
      const gradient = new Float32Array(network.parameterCount);
      return { loss: addon.gradient(handle, images, targets, gradient), gradient };
    },
    logitGradient: (images, weights) => {
      const gradient = new Float32Array(network.parameterCount);
      return { sum: addon.logitGradient(handle, images, weights, gradient), gradient };
    },
    predict: (images) => {
      const pixels = 3 * network.maps[0]!.size ** 2;
      const count = images.length / pixels;
      const all = new Float32Array(count * network.classes);
      const [part, logits] = [new Float32Array(batch * pixels), new Float32Array(batch * network.classes)];
      for (let from = 0; from < count; from += batch) {
        const here = Math.min(batch, count - from);
        // The last part is filled up with what the one before left.
        part.set(images.subarray(from * pixels, (from + here) * pixels));
        addon.predict(handle, part, logits);
        all.set(logits.subarray(0, here * network.classes), from * network.classes);
      }
      return all;
    },
    addImage: (pixels, across, down, scale, to) =>
      addon.addImage(pixels, across.sources, across.weights, down.sources, down.weights, scale, to),
    restart: () => addon.restart(handle),
    dispose: () => addon.dispose(handle),
  };
}
