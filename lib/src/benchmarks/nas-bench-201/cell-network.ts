import { EDGES, type Cell } from './cell';
import { NetworkBuilder, type Network, type Term } from '../../convnet/network';

/** How a network is built around a cell. */
export interface CellNetworkOptions {
  /** Channels of the first stage; each of the two later stages doubles them. A multiple of 8. */
  channels: number;
  cellsPerStage: number;
  /**
   * The paper's authors add every cell's input to its output, and every stage's first cell's output to its last's, which
   * the benchmark does not (protocol §6.3). With them a cell without a path from input to output acts as the identity;
   * without them it outputs zeros, and its network can learn nothing but the classes' frequencies.
   */
  extraResiduals: boolean;
  /** What a 3×3 convolution of stride 2 does at the border: PyTorch's centred padding or TensorFlow's "same". */
  halving: 'centred' | 'same';
  /** Batch norm: what is added to the variance, and how much of the old statistics a step keeps. */
  norm: Network['norm'];
  /** Side of the images in pixels, a multiple of 4. */
  imageSize: number;
  classes: number;
}

/** The benchmark's own network for CIFAR-10 (`tiny_network.py` of D-X-Y/AutoDL-Projects, protocol §6.3). */
const benchmark: CellNetworkOptions = {
  channels: 16,
  cellsPerStage: 5,
  extraResiduals: false,
  halving: 'centred',
  norm: { epsilon: 1e-5, momentum: 0.9 }, // PyTorch's defaults
  imageSize: 32,
  classes: 10,
};

/** Named networks around a cell. */
export const CELL_NETWORKS = {
  benchmark,
  /** The network of the paper's authors (`nas201_model.py`, protocol §6.3). */
  official: {
    ...benchmark,
    extraResiduals: true,
    halving: 'same',
    norm: { epsilon: 1e-4, momentum: 0.997 },
  } satisfies CellNetworkOptions,
  /**
   * The benchmark's network at half the width and a fifth of the depth, for codes of the whole space (protocol §6.4 b).
   * It has none of the extra residuals: the accuracies to be predicted come from networks without them, and in the pilot
   * behind §6.4 its losses ranked the cells better than the authors' network did.
   */
  reduced: { ...benchmark, channels: 8, cellsPerStage: 1 } satisfies CellNetworkOptions,
} as const;

/**
 * The NAS-Bench-201 network of a cell (protocol §6.3): a 3×3 stem, three stages of cells with a residual block that halves
 * the image and doubles the channels before the second and third, batch norm, ReLU, mean over the image, dense layer.
 * Edges that lead nowhere are built too, as the benchmark counts them.
 *
 * @throws RangeError when the image cannot be halved twice
 */
export function cellNetwork(cell: Cell, options: CellNetworkOptions): Network {
  const { channels, cellsPerStage, extraResiduals, halving, norm, imageSize, classes } = options;
  const net = new NetworkBuilder(imageSize);

  /** Batch norm of a convolution of `map`, which is an activated one where the paper says ReLU-conv-BN. */
  const normed = (map: number, width: number, kernel: 1 | 3, stride: 1 | 2 = 1): Term => {
    const padding = kernel === 1 || (stride === 2 && halving === 'same') ? 0 : 1;
    return { input: map, convolution: net.convolution(map, width, { kernel, stride, padding }), norm: net.norm(width) };
  };

  const addCell = (input: number): number => {
    const nodes = [input];
    const activated: (number | undefined)[] = [];
    const shape = net.shape(input);
    for (let target = 1; target <= 3; target++) {
      const terms: Term[] = [];
      EDGES.forEach(([source, to], edge) => {
        const operation = cell[edge]!;
        if (to !== target || operation === 'none') return;
        const from = nodes[source]!;
        if (operation === 'skip_connect') terms.push({ input: from });
        else if (operation === 'avg_pool_3x3') terms.push({ input: from, pool: true });
        else {
          const active = (activated[source] ??= net.relu(from));
          terms.push(normed(active, shape.channels, operation === 'nor_conv_3x3' ? 3 : 1));
        }
      });
      if (target === 3 && extraResiduals) terms.push({ input });
      nodes.push(net.sum(terms, shape));
    }
    return nodes[3]!;
  };

  const addReduction = (input: number): number => {
    const { size, channels: before } = net.shape(input);
    const shape = { size: size / 2, channels: 2 * before };
    const first = net.sum([normed(net.relu(input), shape.channels, 3, 2)], shape);
    const main = normed(net.relu(first), shape.channels, 3);
    const halved = net.halve(input);
    const shortcut = net.convolution(halved, shape.channels, { kernel: 1, stride: 1, padding: 0 });
    return net.sum([main, { input: halved, convolution: shortcut }], shape);
  };

  let map = net.sum([normed(0, channels, 3)], { size: imageSize, channels });
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) map = addReduction(map);
    const first = addCell(map);
    map = first;
    for (let c = 1; c < cellsPerStage; c++) map = addCell(map);
    // With one cell in a stage its output would only be doubled, so there is nothing to add.
    if (extraResiduals && cellsPerStage > 1) map = net.sum([{ input: map }, { input: first }], net.shape(map));
  }
  const last = net.sum([{ input: map, norm: net.norm(net.shape(map).channels) }], net.shape(map));
  return net.build(net.relu(last), classes, norm);
}
