import path from 'node:path';
import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { type MeasuringOutcome } from '../processes/measuring-progress';
import { type MeasuringOptions } from './measure-cells';
import { measureTrainings } from './measure-trainings';
import { type TrainedTruth, truthSeed } from './train-truth';
import { truthEpochs, type TruthImages, type TruthRecipe } from './truth-recipes';
import { truthStore, type Truth } from './truth-store';

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
  /** The program of a Python that has PyTorch, to train with that, `workers` networks at a time on a GPU. */
  pytorch?: string;
}

/** What a worker is told at its start. */
export interface TruthSetup extends TruthImages {
  recipe: TruthRecipe;
}

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `truth-worker${path.extname(__filename)}`);

/**
 * Trains and tests the cells that are missing in a file (see `measureMissing`). A result depends on the recipe, the run's
 * seed and the cell alone, and in PyTorch on rounding, which may differ from run to run on a GPU.
 *
 * @throws Error when the file is in use, damaged, not writable, of another space, seed or engine, or when a worker or
 *   PyTorch fails
 */
export async function measureTruth(measurement: TruthMeasurement): Promise<MeasuringOutcome> {
  const { space, networkOf, recipe, seed, loadImages, pytorch } = measurement;
  const store = await truthStore(truthEpochs(recipe), space).open(measurement.file, {
    seed,
    pytorch: pytorch !== undefined,
  });
  try {
    return await measureTrainings<TruthSetup, TrainedTruth, Truth>({
      ...measurement,
      store,
      module: WORKER,
      prepare: async () => ({ recipe, ...(await loadImages()) }),
      taskOf: (position) => ({
        networks: [networkOf(position)],
        seed: truthSeed(seed, space.ids[position]!),
      }),
      rowOf: ({ diverged, ...trained }, position, by) => {
        const [id, architecture] = [space.ids[position]!, space.cells[position]!];
        return diverged ? undefined : { id, architecture, ...trained, seed, provenance: by };
      },
    });
  } finally {
    await store.close();
  }
}
