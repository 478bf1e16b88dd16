/** Cells trained in milliseconds: a small recipe on synthetic images. Run as a program, it measures into a file. */
import { networkOf } from '../lib/src/benchmarks/network-of';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { measureTruth, type TruthMeasurement } from '../lib/src/priors/measure-truth';
import { type TruthRecipe } from '../lib/src/priors/truth-recipes';
import { type MeasuringOutcome } from '../lib/src/processes/measuring-progress';
import { syntheticImages } from './tiny-codes';

export const tinyTruthRecipe: TruthRecipe = {
  name: 'tiny',
  about: 'for tests',
  network: { width: 1 / 2, cells: 1, imageSize: 16 },
  batch: 8,
  phases: [{ epochs: 2, rate: 3e-3, warmUp: 0.2, decay: 'cosine' }],
  augmentation: { geometry: 'flip-shift', mixup: 0, labelSmoothing: 0 },
};

/** Trains the cells at these positions of NAS-Bench-201. */
export function measureTinyTruth(
  file: string,
  positions: readonly number[],
  changes: Partial<TruthMeasurement> = {},
): Promise<MeasuringOutcome> {
  const space = nasBench201.space();
  return measureTruth({
    space,
    networkOf: (position) => networkOf(nasBench201, position, tinyTruthRecipe.network),
    positions,
    recipe: tinyTruthRecipe,
    loadImages: () => Promise.resolve({ images: syntheticImages(80), test: syntheticImages(50) }),
    file,
    seed: 3,
    workers: 1,
    ...changes,
  });
}

if (require.main === module) {
  const [file, cells, pytorch] = process.argv.slice(2);
  const positions = Array.from({ length: Number(cells) }, (_, i) => i);
  void measureTinyTruth(file!, positions, { pytorch, report: ({ done }) => process.stdout.write(`${done}\n`) });
}
