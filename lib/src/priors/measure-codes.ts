import path from 'node:path';
import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { type LabelledImages } from '../images/cifar10';
import { openCodeStore, type StoredCode } from './code-store';
import { cellSeed, codeEntries, type CodeRecipe, type EstimationCode } from './estimation-code';
import { measureCells, type MeasuringOptions } from './measure-cells';
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
}

/** What a worker is told at its start. */
export interface CodeSetup {
  recipe: CodeRecipe;
  images: LabelledImages;
}

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `code-worker${path.extname(__filename)}`);

/**
 * Measures the codes that are missing in a file (see `measureCells`). A code depends on the recipe, the run's seed and the
 * cell alone.
 *
 * @throws Error when the file is in use, damaged, not writable, of another space or seed, or when a worker dies
 */
export async function measureCodes(measurement: CodeMeasurement): Promise<MeasuringOutcome> {
  const { space, networkOf, recipe, seed, loadImages } = measurement;
  const store = await openCodeStore(measurement.file, codeEntries(recipe), space, seed);
  try {
    return await measureCells<CodeSetup, EstimationCode, StoredCode>({
      ...measurement,
      store,
      module: WORKER,
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
