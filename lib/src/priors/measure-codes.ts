import path from 'node:path';
import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { type LabelledImages } from '../images/cifar10';
import { codeStore, type StoredCode } from './code-store';
import { cellSeed, codeEntries, type CodeRecipe, type EstimationCode } from './estimation-code';
import { type MeasuringOptions } from './measure-cells';
import { measureTrainings } from './measure-trainings';
import { type MeasuringOutcome } from '../processes/measuring-progress';

/** What to measure. */
export interface CodeMeasurement extends MeasuringOptions {
  space: SearchSpace;
  /** The network that a cell makes, by position. */
  networkOf: (position: number) => Network;
  recipe: CodeRecipe;
  /** Gives what `recipeImages` gives; called when a code is missing. */
  loadImages: () => Promise<LabelledImages>;
  /** The run's seed. */
  seed: number;
  /** The program of a Python that has PyTorch, to train with that, `workers` networks at a time on a GPU. */
  pytorch?: string;
}

/** What a worker is told at its start. */
export interface CodeSetup {
  recipe: CodeRecipe;
  images: LabelledImages;
}

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `code-worker${path.extname(__filename)}`);

/**
 * Measures the codes that are missing in a file (see `measureMissing`). A code depends on the recipe, the run's seed, the
 * cell and the engine alone, and in PyTorch on rounding, which may differ from run to run on a GPU.
 *
 * @throws Error when the file is in use, damaged, not writable, of another space or seed, or when a worker or PyTorch fails
 */
export async function measureCodes(measurement: CodeMeasurement): Promise<MeasuringOutcome> {
  const { space, networkOf, recipe, seed, loadImages } = measurement;
  const store = await codeStore(codeEntries(recipe), space).open(measurement.file, seed);
  try {
    return await measureTrainings<CodeSetup, EstimationCode, StoredCode>({
      ...measurement,
      store,
      module: WORKER,
      singlePrecision: true, // as our engines, whose codes share the file
      prepare: async () => ({ recipe, images: await loadImages() }),
      taskOf: (position) => ({
        networks: [networkOf(position)],
        seed: cellSeed(seed, space.ids[position]!),
      }),
      rowOf: ({ losses, seconds, diverged }, position, provenance) => {
        const [id, architecture] = [space.ids[position]!, space.cells[position]!];
        return diverged ? undefined : { id, architecture, losses, seconds, seed, provenance };
      },
    });
  } finally {
    await store.close();
  }
}
