import { foldSums } from './fold-sums';
import { inputsOf, liveLayers, type FeatureMap, type Layer, type Network, type Term } from './network';

/** Which of the two engines a plan is for. */
const PLANES = 1;
const KINDS = { sum: 0, halve: 1, gate: 2 } as const;

/** Sides of maps whose rows fill vectors of 16 or fit into them. */
const SIDES = [4, 8, 16, 32, 48, 64];

/** A layer that computes; concatenations and slices are places in memory. */
type PlaneLayer = Extract<Layer, { kind: keyof typeof KINDS }>;

/** Channels of a map that lie within another one, from `offset` on. */
interface Place {
  within: number;
  offset: number;
}

/** What the engine of lib/native/network_planes.h lacks to run the network; undefined where nothing. */
export function planesCannot(network: Network): string | undefined {
  for (const layer of liveLayers(network)) {
    if (!SIDES.includes(network.maps[layer.output]!.size)) return `maps have sides of ${SIDES.join(', ')}`;
    if (layer.kind === 'relu') return 'the activation is Mish';
    for (const { input, convolution, norm, pool, activation } of layer.kind === 'sum' ? layer.terms : []) {
      if (pool) return 'no 3x3 pools';
      if (!convolution && (norm ?? activation)) return 'batch norms and activations follow a convolution';
      if (!convolution || convolution.depthwise) continue;
      if (convolution.stride !== 1) return 'convolutions have a stride of 1';
      if (convolution.kernel === 3 && (input !== 0 || convolution.padding !== 1)) {
        return '3x3 convolutions are depthwise, or centred and of the image';
      }
      if (convolution.kernel === 1 && input === 0) return '1x1 convolutions are not of the image';
    }
    if (layer.kind !== 'sum' && inputsOf(layer).includes(0)) return 'the image goes through a convolution';
    if (layer.kind === 'sum' && layer.terms.some((term) => term.input === 0 && !term.convolution)) {
      return 'the image goes through a convolution';
    }
  }
  return undefined;
}

/** The network as the integers that lib/native/network_planes.cc reads, without the layers that lead nowhere. */
export function planePlan(network: Network, batch: number): Int32Array {
  const { dense } = network;
  const { maps, layers: live } = foldSums(network, liveLayers(network));
  const { places, copies } = placeMaps(maps, live);
  const layers: PlaneLayer[] = [];
  for (const layer of live) {
    if (layer.kind === 'sum' || layer.kind === 'halve' || layer.kind === 'gate') layers.push(layer);
    for (const { input, offset } of copies.get(layer.output) ?? []) {
      // What cannot lie in the concatenation from the start is a sum of one term there.
      const output = maps.push({ ...maps[input]! }) - 1;
      places.set(output, { within: layer.output, offset });
      layers.push({ kind: 'sum', terms: [{ input }], output });
    }
  }
  const used = new Set([0, network.features, ...live.flatMap((layer) => [layer.output, ...inputsOf(layer)])]);
  layers.forEach(({ output }) => used.add(output));
  const numbers = [PLANES, batch, network.classes, maps.length, layers.length];
  numbers.push(network.features, dense.weights, dense.bias, network.parameterCount);
  maps.forEach(({ size, channels }, map) => {
    let [root, first] = [map, 0];
    for (let place = places.get(root); place; place = places.get(root)) {
      first += place.offset;
      root = place.within;
    }
    numbers.push(used.has(map) ? size : 0, used.has(map) ? channels : 0, root, first);
  });
  for (const layer of layers) numbers.push(KINDS[layer.kind], ...layerNumbers(layer));
  return Int32Array.from(numbers);
}

/**
 * Where maps lie within others: slices in what they are taken from, and what is concatenated in the concatenation, once.
 * The rest of a concatenation's inputs have to be copied there.
 */
function placeMaps(maps: readonly FeatureMap[], live: readonly Layer[]) {
  const places = new Map<number, Place>();
  const copies = new Map<number, { input: number; offset: number }[]>();
  for (const layer of live) {
    if (layer.kind === 'slice') places.set(layer.output, { within: layer.input, offset: layer.from });
    if (layer.kind !== 'concatenate') continue;
    let offset = 0;
    for (const input of layer.inputs) {
      if (!places.has(input)) places.set(input, { within: layer.output, offset });
      else copies.set(layer.output, [...(copies.get(layer.output) ?? []), { input, offset }]);
      offset += maps[input]!.channels;
    }
  }
  return { places, copies };
}

function layerNumbers(layer: PlaneLayer): number[] {
  if (layer.kind === 'halve') return [layer.input, layer.output];
  if (layer.kind === 'sum') return [layer.output, layer.terms.length, ...layer.terms.flatMap(termNumbers)];
  const { input, output, hidden, query, key, value, projection } = layer;
  return [input, output, hidden, query, key, value, projection];
}

function termNumbers({ input, convolution, norm, activation }: Term): number[] {
  const { kernel = 0, depthwise, weights = 0 } = convolution ?? {};
  return [
    input,
    kernel,
    depthwise ? 1 : 0,
    weights,
    activation ? 1 : 0,
    norm?.gamma ?? -1,
    norm?.beta ?? 0,
    norm?.statistics ?? 0,
  ];
}
