import path from 'node:path';
import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { type MeasuringOutcome } from '../processes/measuring-progress';
import { measureCells, type MeasuringOptions } from './measure-cells';
import { type TrainedTruth, truthSeed } from './train-truth';
import { truthEpochs, type TruthImages, type TruthRecipe } from './truth-recipes';
import { openTruthStore, type Truth } from './truth-store';

/** What to measure. */
export interface TruthMeasurement extends MeasuringOptions {
  space: SearchSpace;
  /** The network that a cell makes, by position. */
  networkOf: (position: number) => Network;
  recipe: TruthRecipe;
  /** Gives what `truthImages` gives; called when a cell is missing. */
  loadImages: () => Promise<TruthImages>;
  /** The run's seed. */
  seed: number;
}

/** What a worker is told at its start. */
export interface TruthSetup {
  recipe: TruthRecipe;
  images: TruthImages;
}

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `truth-worker${path.extname(__filename)}`);

/**
 * Trains and tests the cells that are missing in a file (see `measureCells`). A result depends on the recipe, the run's
 * seed and the cell alone.
 *
 * @throws Error when the file is in use, damaged, not writable or of another seed, or when a worker dies
 */
export async function measureTruth(measurement: TruthMeasurement): Promise<MeasuringOutcome> {
  const { space, networkOf, recipe, seed, loadImages } = measurement;
  const store = await openTruthStore(measurement.file, truthEpochs(recipe), seed);
  try {
    return await measureCells<TruthSetup, TrainedTruth, Truth>({
      ...measurement,
      store,
      module: WORKER,
      prepare: async () => ({ recipe, images: await loadImages() }),
      taskOf: (position) => ({ networks: [networkOf(position)], seed: truthSeed(seed, space.ids[position]!) }),
      rowOf: ({ accuracy, losses, seconds, diverged }, position, provenance) => {
        const [id, architecture] = [space.ids[position]!, space.cells[position]!];
        return diverged ? undefined : { id, architecture, accuracy, losses, seconds, seed, provenance };
      },
    });
  } finally {
    await store.close();
  }
}
