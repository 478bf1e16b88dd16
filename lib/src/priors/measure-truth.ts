import path from 'node:path';
import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { provenance } from '../files/provenance';
import { type MeasuringOutcome, type MeasuringProgress } from '../processes/measuring-progress';
import { runTasks } from '../processes/worker-pool';
import { type TrainedTruth, truthSeed } from './train-truth';
import { truthEpochs, type TruthImages, type TruthRecipe } from './truth-recipes';
import { openTruthStore } from './truth-store';

/** What to measure. */
export interface TruthMeasurement {
  space: SearchSpace;
  /** The network that a cell makes, by position. */
  networkOf: (position: number) => Network;
  /** Positions of the cells, in the order in which they are trained. */
  positions: readonly number[];
  recipe: TruthRecipe;
  /** Gives what `truthImages` gives; called when a cell is missing. */
  loadImages: () => Promise<TruthImages>;
  /** The CSV file that the results go into; cells that it already has are left out. */
  file: string;
  /** The run's seed. */
  seed: number;
  /** Processes that train at the same time, one thread each. */
  workers: number;
  /** Called at the start, and after every cell. */
  report?: (progress: MeasuringProgress) => void;
  /** Stops it; what is finished is kept. */
  signal?: AbortSignal;
}

/** What a worker is told at its start. */
export interface TruthSetup {
  recipe: TruthRecipe;
  images: TruthImages;
}

/** What a worker is told for each cell; it knows networks, not cells. */
export interface TruthTask {
  position: number;
  network: Network;
  /** Of this cell. */
  seed: number;
}

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `truth-worker${path.extname(__filename)}`);

/**
 * Trains the cells that are missing in a file, a worker process a core, and appends each when it is there. It may be
 * killed at any moment and started again: a result depends on the recipe, the run's seed and the cell alone.
 *
 * @throws Error when the file is in use, damaged, not writable or of another seed, or when a worker dies
 */
export async function measureTruth(measurement: TruthMeasurement): Promise<MeasuringOutcome> {
  const { space, networkOf, recipe, file, seed, workers, report, signal } = measurement;
  const store = await openTruthStore(file, truthEpochs(recipe));
  try {
    const other = [...store.truths.values()].find((truth) => truth.seed !== seed);
    if (other) {
      throw new Error(
        `${file} has results of seed ${other.seed} (such as id ${other.id}), and this run has seed ${seed}: ` +
          'measure into a file of its own (--file)',
      );
    }
    const missing = measurement.positions.filter((position) => !store.truths.has(space.ids[position]!));
    const before = measurement.positions.length - missing.length;
    const diverged: number[] = [];
    let done = 0;
    const setup = missing.length > 0 ? { recipe, images: await measurement.loadImages() } : undefined;
    const began = Date.now();
    const tell = (): void => report?.({ done, total: missing.length, before, seconds: (Date.now() - began) / 1000 });
    tell();
    if (!setup) return { complete: true, diverged };
    const complete = await runTasks<TruthSetup, TruthTask, TrainedTruth>({
      module: WORKER,
      setup,
      tasks: missing.map((position) => ({
        position,
        network: networkOf(position),
        seed: truthSeed(seed, space.ids[position]!),
      })),
      workers,
      signal,
      async keep({ accuracy, losses, seconds, diverged: noNumber }, { position }) {
        const id = space.ids[position]!;
        const architecture = space.cells[position]!;
        if (noNumber) diverged.push(position);
        else await store.add({ id, architecture, accuracy, losses, seconds, seed, provenance: provenance() });
        done++;
        tell();
      },
    });
    return { complete, diverged };
  } finally {
    await store.close();
  }
}
