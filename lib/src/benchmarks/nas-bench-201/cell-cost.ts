import { countOperation, type Cell } from './cell';

/** The image data sets on which NAS-Bench-201 trained every cell. */
export type BenchmarkDataset = 'cifar10' | 'cifar100' | 'imagenet16';

/** What a network built of a cell costs. */
export interface CellCost {
  /** Millions of multiply-accumulates for one image; "MFLOPs" in the paper and in the benchmark. */
  mflops: number;
  /** Millions of trainable parameters. */
  mparams: number;
}

/** Image side in pixels and number of classes. ImageNet16-120 has 16 × 16 images of 120 classes. */
const IMAGES: Record<BenchmarkDataset, { side: number; classes: number }> = {
  cifar10: { side: 32, classes: 10 },
  cifar100: { side: 32, classes: 100 },
  imagenet16: { side: 16, classes: 120 },
};

/** Channels of the three stages, and cells in each. */
const STAGES = [16, 32, 64] as const;
const CELLS_PER_STAGE = 5;

/**
 * Cost of the benchmark's network (stem, three stages of five cells, two reduction blocks, classifier) made of the cell,
 * in closed form (protocol §1.3). Convolutions and the classifier count; pooling, batch norm and ReLU are free in MFLOPs.
 * Edges that lead nowhere count too, as the benchmark counts them.
 */
export function cellCost(cell: Cell, dataset: BenchmarkDataset): CellCost {
  const { side, classes } = IMAGES[dataset];
  const batchNorm = (channels: number): number => 2 * channels;

  let macs = 27 * STAGES[0] * side ** 2; // stem: a 3x3 convolution of the RGB image
  let parameters = 27 * STAGES[0] + batchNorm(STAGES[0]);
  STAGES.forEach((channels, stage) => {
    const pixels = (side / 2 ** stage) ** 2;
    // Reduction block before every stage but the first: two 3x3 convolutions and a 1x1 shortcut without batch norm.
    if (stage > 0) {
      const before = STAGES[stage - 1]!;
      const weights = 9 * before * channels + 9 * channels ** 2 + before * channels;
      macs += weights * pixels;
      parameters += weights + 2 * batchNorm(channels);
    }
    for (const [operation, taps] of [['nor_conv_3x3', 9] as const, ['nor_conv_1x1', 1] as const]) {
      const convolutions = CELLS_PER_STAGE * countOperation(cell, operation);
      macs += convolutions * taps * channels ** 2 * pixels;
      parameters += convolutions * (taps * channels ** 2 + batchNorm(channels));
    }
  });
  macs += STAGES[2] * classes + classes;
  parameters += batchNorm(STAGES[2]) + STAGES[2] * classes + classes;
  // Whole numbers until here, so the quotients are the nearest floats to the decimals in the benchmark's table.
  return { mflops: macs / 1e6, mparams: parameters / 1e6 };
}
