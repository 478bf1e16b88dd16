import { NetworkBuilder, type Convolution, type Network, type Term } from '../../convnet/network';
import { type NanoCell } from './cell';

/** How a network is built around a cell of Tiny-NanoBench. */
export interface NanoNetworkOptions {
  /** Channels of the first block; each of the two later blocks doubles them. */
  channels: number;
  /** Cells of the first, second and third block. */
  cellsPerBlock: readonly [number, number, number];
  /**
   * Whether the operation conv1x1 keeps the number of its channels or maps to those of its block, as the published code
   * does (protocol §7.3).
   */
  conv1x1: 'keeps' | 'maps';
  /** Batch norm: what is added to the variance, and how much of the old statistics a step keeps. */
  norm: Network['norm'];
  /** Side of the images in pixels, a multiple of 4. */
  imageSize: number;
  classes: number;
}

/** The published code (`nanonas_model.py` and `modules.py`, protocol §7.2). */
const official: NanoNetworkOptions = {
  channels: 128,
  cellsPerBlock: [3, 3, 3],
  conv1x1: 'maps',
  norm: { epsilon: 1e-4, momentum: 0.997 },
  imageSize: 32,
  classes: 10,
};

/** Named networks around a cell. */
export const NANO_NETWORKS = {
  official,
  /** What comes closest to the paper's Fig. 4b (protocol §7.3 and §7.4): a reconstruction, not the authors' network. */
  paper: { ...official, channels: 64, cellsPerBlock: [2, 3, 3], conv1x1: 'keeps' } satisfies NanoNetworkOptions,
} as const;

/** Depthwise convolutions in a row that make an expand block (protocol §7.2). */
const EXPANSION = 3;

const POINTWISE = { kernel: 1, stride: 1, padding: 0 } as const;

/** An attention has this share of the channels that it weighs (protocol §7.2). */
const ATTENTION_SHARE = 1 / 4;

/**
 * The network of a cell (protocol §7.2): a 3×3 stem, three blocks of cells with an average pool before the second and
 * third, the mean over the image, a dense layer. A block adds its first cell's output to its last's.
 *
 * @throws RangeError when the image cannot be halved twice, or the cell is none: a node without input or without the
 *   targets that its operation has
 */
export function nanoNetwork(cell: NanoCell, options: NanoNetworkOptions): Network {
  const { channels, cellsPerBlock, norm, imageSize, classes } = options;
  const net = new NetworkBuilder(imageSize);
  const stem = net.convolution(0, channels, { kernel: 3, stride: 1, padding: 1 });
  let map = net.sum([normed(net, 0, stem, channels, 'mish')], { size: imageSize, channels });
  cellsPerBlock.forEach((cells, block) => {
    if (block > 0) map = net.halve(map);
    const width = channels * 2 ** block;
    const first = addCell(net, cell, map, width, options.conv1x1);
    map = first;
    for (let c = 1; c < cells; c++) {
      map = addCell(net, cell, map, width, options.conv1x1, c === cells - 1 ? first : undefined);
    }
  });
  return net.build(map, classes, norm);
}

/**
 * Adds the layers of a cell to a network.
 *
 * @param width channels of its output
 * @param shortcut a map to be added to its output beside its own input
 * @returns its output
 */
function addCell(
  net: NetworkBuilder,
  { operations, edges }: NanoCell,
  input: number,
  width: number,
  conv1x1: NanoNetworkOptions['conv1x1'],
  shortcut?: number,
): number {
  const arriving: number[][] = operations.map(() => []);
  arriving[0]!.push(input);
  for (const [node, operation] of operations.entries()) {
    if (arriving[node]!.length === 0) throw new RangeError(`node ${node} of the cell, ${operation}, has no input`);
    const map = net.concatenate(arriving[node]!);
    if (operation === 'output') return addOutput(net, map, input, width, shortcut);
    const results = addOperation(net, operation, map, conv1x1 === 'maps' ? width : net.shape(map).channels);
    const targets = edges.filter(([from]) => from === node).map(([, to]) => to);
    if (targets.length !== results.length) {
      throw new RangeError(`node ${node} of the cell, ${operation}, needs ${results.length} targets`);
    }
    results.forEach((result, i) => arriving[targets[i]!]!.push(result));
  }
  throw new RangeError('the cell has no output');
}

/** Adds an operation, conv1x1 with this number of channels; gives the maps that it sends out, one for each target. */
function addOperation(
  net: NetworkBuilder,
  operation: NanoCell['operations'][number],
  map: number,
  channels: number,
): readonly number[] {
  switch (operation) {
    case 'dwconv3x3':
      return [net.sum([depthwise(net, map)], net.shape(map))];
    case 'conv1x1':
      return [pointwise(net, map, channels, 'mish')];
    case 'atten':
      return [net.gate(map, Math.max(1, Math.floor(net.shape(map).channels * ATTENTION_SHARE)))];
    case 'expand': {
      const steps: number[] = [];
      for (let i = 0; i < EXPANSION; i++) {
        const last = steps.at(-1) ?? map;
        steps.push(net.sum([depthwise(net, last), { input: map }], net.shape(map)));
      }
      return [net.concatenate(steps)];
    }
    case 'split': {
      const odd = net.shape(map).channels % 2 === 1;
      const even = odd ? pointwise(net, map, net.shape(map).channels + 1) : map;
      const half = net.shape(even).channels / 2;
      return [net.slice(even, 0, half), net.slice(even, half, half)];
    }
    default:
      return [map];
  }
}

/** The cell's output: what arrives, brought to the block's width, and the shortcuts. */
function addOutput(net: NetworkBuilder, map: number, input: number, width: number, shortcut?: number): number {
  const terms: Term[] = [];
  if (net.shape(map).channels === width) terms.push({ input: map });
  else terms.push(normed(net, map, net.convolution(map, width, POINTWISE), width));
  if (net.shape(input).channels === width) terms.push({ input });
  if (shortcut !== undefined) terms.push({ input: shortcut });
  const lone = terms.length === 1 && !terms[0]!.convolution;
  return lone ? map : net.sum(terms, { ...net.shape(map), channels: width });
}

function pointwise(net: NetworkBuilder, map: number, channels: number, activation?: 'mish'): number {
  const term = normed(net, map, net.convolution(map, channels, POINTWISE), channels, activation);
  return net.sum([term], { ...net.shape(map), channels });
}

/** Convolution and batch norm of a map, to this number of channels. */
function normed(
  net: NetworkBuilder,
  input: number,
  convolution: Convolution,
  channels: number,
  activation?: 'mish',
): Term {
  return { input, convolution, norm: net.norm(channels), activation };
}

/** A depthwise convolution with batch norm and Mish. */
function depthwise(net: NetworkBuilder, input: number): Term {
  return normed(net, input, net.depthwise(input), net.shape(input).channels, 'mish');
}
