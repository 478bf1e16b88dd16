import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Engine } from './engine';
import { type Layer, liveLayers, type Network, type Term } from './network';

/** The library that `setup.sh` builds from lib/native/network_*.cc. */
interface Addon {
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
 * Runs a network on one core of the CPU, a whole step in one call: several times as fast for these small networks as
 * TensorFlow's operations one by one, and in need of no TensorFlow. Both arrays are worked on in place.
 *
 * @throws Error when the native library was not built, or when channels are no multiple of 8
 */
export function nativeEngine(
  network: Network,
  batch: number,
  parameters: Float32Array,
  statistics: Float32Array,
): Engine {
  if (!hasNativeEngine()) throw new Error(`${ADDON} is missing; build it with: npm run setup`);
  const odd = network.maps.slice(1).find(({ channels }) => channels % 8 !== 0);
  if (odd) throw new Error(`the native engine needs channels in multiples of 8, got ${odd.channels}`);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a compiled addon has no import
  const addon = require(ADDON) as Addon;
  const { epsilon, momentum } = network.norm;
  const handle = addon.create(plan(network, batch), epsilon, momentum, parameters, statistics);
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
      const logits = new Float32Array(batch * network.classes);
      addon.predict(handle, images, logits);
      return logits;
    },
    addImage: (pixels, across, down, scale, to) =>
      addon.addImage(pixels, across.sources, across.weights, down.sources, down.weights, scale, to),
    restart: () => addon.restart(handle),
    dispose: () => addon.dispose(handle),
  };
}

/** The network as the integers that lib/native/network_engine.cc reads, without the layers that lead nowhere. */
function plan(network: Network, batch: number): Int32Array {
  const { maps, dense } = network;
  const all = liveLayers(network);
  const activated = activatedInputs(network, all);
  const layers = all.filter(({ output }) => !activated.has(output));
  const used = new Set([0, ...layers.map(({ output }) => output)]);
  const numbers = [batch, network.classes, maps.length, layers.length];
  numbers.push(network.features, dense.weights, dense.bias, network.parameterCount);
  maps.forEach(({ size, channels }, i) => numbers.push(used.has(i) ? size : 0, used.has(i) ? channels : 0));
  for (const layer of layers) {
    if (layer.kind === 'sum') {
      const terms = layer.terms.flatMap((term) => termNumbers(term, activated.get(term.input)));
      numbers.push(2, 0, layer.output, layer.terms.length, ...terms);
    } else numbers.push(layer.kind === 'relu' ? 0 : 1, layer.input, layer.output, 0);
  }
  return Int32Array.from(numbers);
}

/** The maps of activations that nothing but convolutions read, and what they activate: a convolution does that itself. */
function activatedInputs(network: Network, layers: readonly Layer[]): Map<number, number> {
  const activated = new Map<number, number>();
  for (const layer of layers) if (layer.kind === 'relu') activated.set(layer.output, layer.input);
  activated.delete(network.features);
  for (const layer of layers) {
    if (layer.kind !== 'sum') activated.delete(layer.input);
    else for (const { input, convolution } of layer.terms) if (!convolution) activated.delete(input);
  }
  return activated;
}

function termNumbers({ input, pool, convolution, norm }: Term, activated?: number): number[] {
  // Maps have a border of one zero pixel; a kernel starts on it when it is padded by one.
  const kernel = convolution
    ? [convolution.kernel, convolution.stride, 1 - convolution.padding, convolution.weights]
    : [0, 1, 0, 0];
  const from = activated === undefined ? [input, 0] : [activated, 1];
  return [...from, pool ? 1 : 0, ...kernel, norm?.gamma ?? -1, norm?.beta ?? 0, norm?.statistics ?? 0];
}
