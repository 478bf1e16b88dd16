import { sourcesOf, targetsOf, type NanoCell, type NanoOperation } from './cell';
import type { NanoNetworkOptions } from './nano-network';

/**
 * Equal parts that a cell's input is cut into here: no cell of seven nodes has room for more than four splits, so that
 * halves stay whole.
 */
const PARTS = 32;

/** A layer with weights, and how many parts it reads. */
interface LayerOfCell {
  operation: NanoOperation;
  parts: number;
}

/** What happens to the channels of one part: the layers that they pass one by one, and where that ends. */
interface Track {
  /** Layers by their number. */
  path: number[];
  /** A conv1x1 that mixes them with others, by its number, or their place in the cell's output. */
  end: { mixedBy: number } | { place: number };
}

/** A cell taken apart: its layers, the track of each part of the input, and of each part that a conv1x1 makes. */
interface Tracks {
  layers: LayerOfCell[];
  fromInput: Track[];
  fromMixer: Map<number, Track[]>;
}

/**
 * A name for the network that a cell makes: equal for two cells exactly when their networks have the same layers, with
 * the same shapes, on the same channels, up to an order of channels and the names of the weights, so that only the seeds
 * of their trainings tell them apart.
 *
 * It follows the channels. A split, and a concatenation, have no weights: a split that takes apart what a concatenation
 * joined is as if neither were there. dwconv3x3 and atten keep channels apart, conv1x1 mixes them, after which their
 * order is free. The order at the cell's output is not: the cell's input is added to it, and it is the next cell's input;
 * so isomorphic graphs can make different networks, and the cell is taken with the numbers that it has.
 *
 * A depthwise convolution of a whole map computes what two of its halves do; they count as different here, because the
 * limit of Glorot's initial values depends on the number of channels (protocol §6.2).
 *
 * Where widths do not scale with the input's (expand, conv1x1 that maps, halves that do not come out even) the first cell
 * of a block differs from the others in more than size; such a cell counts as equal to no other.
 */
export function networkForm(cell: NanoCell, text: string, { channels, conv1x1 }: NanoNetworkOptions): string {
  const count = (operation: NanoOperation): number => cell.operations.filter((each) => each === operation).length;
  const scales = count('expand') === 0 && (conv1x1 === 'keeps' || count('conv1x1') === 0);
  if (!scales || channels % 2 ** count('split') !== 0) return text;

  const tracks = tracksOf(cell);
  // Layers of one kind and size can stand for each other: of all ways to name them the one whose name comes first.
  let first: string | undefined;
  for (const names of namings(tracks.layers)) {
    const name = formOf(tracks, names);
    if (first === undefined || name < first) first = name;
  }
  return first!;
}

/** Sends each part of the input through the cell. */
function tracksOf(cell: NanoCell): Tracks {
  const layers: LayerOfCell[] = [];
  const fromInput = Array.from({ length: PARTS }, (): Track => ({ path: [], end: { place: -1 } }));
  const fromMixer = new Map<number, Track[]>();
  const maps = new Map<string, Track[]>(); // by edge
  cell.operations.forEach((operation, node) => {
    const arriving = node === 0 ? fromInput : sourcesOf(cell, node).flatMap((source) => maps.get(`${source} ${node}`)!);
    const layer = layers.length;
    let outputs = arriving;
    if (operation === 'dwconv3x3' || operation === 'atten' || operation === 'conv1x1') {
      layers.push({ operation, parts: arriving.length });
      if (operation !== 'conv1x1') for (const track of arriving) track.path.push(layer);
      else {
        for (const track of arriving) track.end = { mixedBy: layer };
        outputs = arriving.map((): Track => ({ path: [], end: { place: -1 } }));
        fromMixer.set(layer, outputs);
      }
    }
    const targets = targetsOf(cell, node);
    if (operation === 'output') arriving.forEach((track, place) => (track.end = { place }));
    targets.forEach((target, half) => {
      const size = outputs.length / targets.length;
      maps.set(`${node} ${target}`, outputs.slice(half * size, (half + 1) * size));
    });
  });
  return { layers, fromInput, fromMixer };
}

/**
 * Every part that a conv1x1 makes is followed through cell after cell (from its place in the output on as that place of
 * the input) until a conv1x1 mixes it; what is left are parts that are never mixed and go round in circles.
 */
function formOf({ fromInput, fromMixer }: Tracks, names: readonly string[]): string {
  const seen = new Set<Track>();
  const follow = (start: Track): string[] => {
    const stretches: string[] = [];
    for (let track = start; ;) {
      seen.add(track);
      const path = track.path.map((layer) => names[layer]).join('-');
      if ('mixedBy' in track.end) return [...stretches, `${path}>${names[track.end.mixedBy]}`];
      stretches.push(path);
      track = fromInput[track.end.place]!;
      if (track === start) return stretches;
    }
  };
  const lines: string[] = [];
  for (const [mixer, parts] of fromMixer) {
    for (const part of parts) lines.push(`${names[mixer]}:${follow(part).join('.')}`);
  }
  for (const part of fromInput) {
    if (seen.has(part)) continue;
    const circle = follow(part);
    const rotations = circle.map((_, i) => [...circle.slice(i), ...circle.slice(0, i)].join('.'));
    lines.push(rotations.sort()[0]!);
  }
  return lines.sort().join(' ');
}

/** All ways to name the layers: operation, parts, and a number among those with both in common. */
function namings(layers: readonly LayerOfCell[]): string[][] {
  const kinds = layers.map(({ operation, parts }) => `${operation}${parts}`);
  let named: string[][] = [[]];
  kinds.forEach((kind) => {
    const numbers = kinds.filter((each) => each === kind).map((_, number) => `${kind}#${number}`);
    named = named.flatMap((names) => numbers.filter((name) => !names.includes(name)).map((name) => [...names, name]));
  });
  return named;
}
