import { liveLayers, type Layer, type Network, type Term } from './network';
import { planesCannot } from './plane-plan';

/** Which of the two engines a plan is for. */
const PIXELS = 0;

/**
 * The network as the integers that lib/native/network_pixels.cc reads, without the layers that lead nowhere.
 *
 * @param fused whether a ReLU that only convolutions read is left to them, which is faster; else each has a map of its own
 * @throws Error when channels are no multiple of 8, for a stride over an odd side, or for a layer that this engine has not
 */
export function pixelPlan(network: Network, batch: number, fused = true): Int32Array {
  const { maps, dense } = network;
  const odd = maps.slice(1).find(({ channels }) => channels % 8 !== 0);
  if (odd) throw new Error(`the native engine needs channels in multiples of 8, got ${odd.channels}`);
  const all = liveLayers(network);
  if (!all.every(hasLayer)) {
    const reason = planesCannot(network) ?? 'layers of another kind than ReLUs, halvings and sums';
    throw new Error(`the native engine cannot run this network: ${reason}`);
  }
  const terms = all.flatMap((layer) => (layer.kind === 'sum' ? layer.terms : []));
  const cut = terms.find(({ input, convolution }) => maps[input]!.size % (convolution?.stride ?? 1) !== 0);
  if (cut)
    throw new Error(
      `the native engine needs even sides where a convolution has a stride, got ${maps[cut.input]!.size}`,
    );
  const activated = fused ? activatedInputs(network, all) : new Map<number, number>();
  const layers = all.filter(({ output }) => !activated.has(output));
  const used = new Set([0, ...layers.map(({ output }) => output)]);
  const numbers = [PIXELS, batch, network.classes, maps.length, layers.length];
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

/** A layer that the engine has. */
type PixelLayer = Extract<Layer, { kind: 'relu' | 'halve' | 'sum' }>;

function hasLayer(layer: Layer): layer is PixelLayer {
  if (layer.kind !== 'sum') return layer.kind === 'relu' || layer.kind === 'halve';
  return layer.terms.every(({ convolution, activation }) => !convolution?.depthwise && !activation);
}

/** The maps of activations that nothing but convolutions read, and what they activate: a convolution does that itself. */
function activatedInputs(network: Network, layers: readonly PixelLayer[]): Map<number, number> {
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
