import { sourcesOf, type NanoCell } from './cell';
import type { NanoNetworkOptions } from './nano-network';

/** What a network costs on one image. */
export interface NanoCost {
  /** Multiply-accumulates of convolutions and of the dense layer without its biases (protocol §7.3). */
  macs: number;
  /** Trainable parameters: weights, scales and shifts of batch norms, the dense layer with its biases. */
  parameters: number;
}

/** Scales and shifts of a batch norm. */
const norm = (channels: number): number => 2 * channels;

/**
 * The cost of the network made of a cell: stem, three blocks of cells with a 2×2 mean between them, mean over the image,
 * dense layer (protocol §7.2). In closed form: the sum over its cells of what each operation costs for the channels that
 * reach it. Convolutions and the dense layer count; batch norm, Mish, sums, means, and the attention's products of vectors
 * do not.
 */
export function nanoCost(cell: NanoCell, options: NanoNetworkOptions): NanoCost {
  const { channels, cellsPerBlock, imageSize, classes } = options;
  let macs = 27 * channels * imageSize ** 2; // stem: a 3x3 convolution of the colour image
  let parameters = 27 * channels + norm(channels);
  let before = channels;
  cellsPerBlock.forEach((cells, block) => {
    const width = channels * 2 ** block;
    const pixels = (imageSize / 2 ** block) ** 2;
    // Only the first cell of a block gets another width than the block's, from the block before.
    const first = cellCost(cell, options, before, width, pixels);
    const later = cellCost(cell, options, width, width, pixels);
    macs += first.macs + (cells - 1) * later.macs;
    parameters += first.parameters + (cells - 1) * later.parameters;
    before = width;
  });
  macs += before * classes;
  parameters += before * classes + classes;
  return { macs, parameters };
}

/** One cell of a block: `inputs` channels in, `width` out, on maps of so many pixels. */
function cellCost(
  cell: NanoCell,
  { conv1x1 }: NanoNetworkOptions,
  inputs: number,
  width: number,
  pixels: number,
): NanoCost {
  const { operations } = cell;
  const channels: number[] = []; // of what each node sends along one edge
  let macs = 0;
  let parameters = 0;
  const pointwise = (from: number, to: number): void => {
    macs += from * to * pixels;
    parameters += from * to + norm(to);
  };
  const depthwise = (count: number, convolutions: number): void => {
    macs += 9 * count * convolutions * pixels;
    parameters += (9 * count + norm(count)) * convolutions;
  };
  operations.forEach((operation, node) => {
    const arriving = node === 0 ? inputs : sourcesOf(cell, node).reduce((sum, source) => sum + channels[source]!, 0);
    channels[node] = arriving;
    if (operation === 'dwconv3x3') depthwise(arriving, 1);
    if (operation === 'conv1x1') {
      const outputs = conv1x1 === 'maps' ? width : arriving;
      channels[node] = outputs;
      pointwise(arriving, outputs);
    }
    if (operation === 'atten') {
      // Query, key, value and gate: 1x1 convolutions of the mean over the image, without batch norm.
      const weights = 4 * arriving * Math.max(1, Math.floor(arriving / 4));
      macs += weights;
      parameters += weights;
    }
    if (operation === 'expand') {
      depthwise(arriving, 3);
      channels[node] = 3 * arriving;
    }
    if (operation === 'split') {
      if (arriving % 2 === 1) pointwise(arriving, arriving + 1);
      channels[node] = Math.ceil(arriving / 2);
    }
    if (operation === 'output' && arriving !== width) pointwise(arriving, width);
  });
  return { macs, parameters };
}
