import type { CellCost } from '../search-space';
import { countOperation, type Cell } from './cell';
import { DATA_SETS, type BenchmarkDataset } from './data-sets';

/** Channels of the three stages, and cells in each. */
const STAGES = [16, 32, 64] as const;
const CELLS_PER_STAGE = 5;

/**
 * Cost of the benchmark's network (stem, three stages of five cells, two reduction blocks, classifier) made of the cell,
 * in closed form (protocol §1.3). Convolutions and the classifier count; pooling, batch norm and ReLU are free in MFLOPs.
 * Edges that lead nowhere count too, as the benchmark counts them.
 */
export function cellCost(cell: Cell, dataset: BenchmarkDataset): CellCost {
  const { imageSize: side, classes } = DATA_SETS[dataset];
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
