/** Codes that take milliseconds: a small recipe on synthetic images. Run as a program, it measures into a file. */
import { CELL_NETWORKS, cellNetwork } from '../lib/src/benchmarks/nas-bench-201/cell-network';
import { type LabelledImages, IMAGE_BYTES } from '../lib/src/images/cifar10';
import { CODE_RECIPES, type CodeRecipe } from '../lib/src/priors/estimation-code';
import { type Network } from '../lib/src/convnet/network';
import { measureCodes } from '../lib/src/priors/measure-codes';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { type MeasuringOutcome } from '../lib/src/processes/measuring-progress';
import { Random } from '../lib/src/tensors/random';

export const tinyRecipe: CodeRecipe = { ...CODE_RECIPES.reduced, name: 'tiny', imagesPerClass: 4, batch: 8 };

/** The network that the recipe trains around a cell. */
export const tinyNetwork = (position: number): Network =>
  cellNetwork(nasBench201.space().operations[position]!, CELL_NETWORKS.reduced);

/** Images of ten classes, each with a brightness of its own, so that a network can learn them. */
export function syntheticImages(count: number): LabelledImages {
  const random = new Random(7, 'synthetic images');
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const pixels = new Uint8Array(count * IMAGE_BYTES);
  labels.forEach((label, i) => {
    for (let p = 0; p < IMAGE_BYTES; p++) pixels[i * IMAGE_BYTES + p] = 20 * label + random.integer(40);
  });
  return { count, pixels, labels };
}

/** Measures the first `cells` cells of the space into the file; what it had to do is reported. */
export function measureTiny(
  file: string,
  cells: number,
  options: {
    workers?: number;
    shard?: [number, number];
    report?: (done: number, before: number) => void;
    pytorch?: string;
  } = {},
): Promise<MeasuringOutcome> {
  const { workers = 1, shard: [part, parts] = [0, 1], report, pytorch } = options;
  return measureCodes({
    networkOf: tinyNetwork,
    space: nasBench201.space(),
    positions: Array.from({ length: cells }, (_, i) => i).filter((i) => i % parts === part),
    recipe: tinyRecipe,
    loadImages: () => Promise.resolve(syntheticImages(40)),
    file,
    seed: 3,
    workers,
    report: ({ done, before }) => report?.(done, before),
    pytorch,
  });
}

if (require.main === module) {
  const [file, cells, shard] = process.argv.slice(2);
  const [part, parts] = (shard ?? '1/1').split('/').map(Number);
  void measureTiny(file!, Number(cells), {
    shard: [part! - 1, parts!],
    report: (done) => process.stdout.write(`${done}\n`),
  });
}
