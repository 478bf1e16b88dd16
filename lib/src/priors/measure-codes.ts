import path from 'node:path';
import { cellNetwork } from '../benchmarks/nas-bench-201/cell-network';
import { type CellSpace } from '../benchmarks/nas-bench-201/nas-bench-201';
import { type Network } from '../convnet/network';
import { type LabelledImages } from '../images/cifar10';
import { type MeasuringOutcome, type MeasuringProgress } from '../processes/measuring-progress';
import { runTasks } from '../processes/worker-pool';
import { openCodeStore } from './code-store';
import { cellSeed, codeEntries, type CodeRecipe, type EstimationCode } from './estimation-code';

/** What to measure. */
export interface CodeMeasurement {
  space: CellSpace;
  /** Positions of the cells, in the order in which they are measured. */
  positions: readonly number[];
  recipe: CodeRecipe;
  /** Gives what `recipeImages` gives; called when a code is missing. */
  loadImages: () => Promise<LabelledImages>;
  /** The CSV file that the codes go into; cells that it already has are left out. */
  file: string;
  /** The run's seed. */
  seed: number;
  /** Processes that train at the same time, one thread each. */
  workers: number;
  /** Called at the start, and after every cell with its code. */
  report?: (progress: MeasuringProgress) => void;
  /** Stops it; what is finished is kept. */
  signal?: AbortSignal;
}

/** What a worker is told at its start. */
export interface CodeSetup {
  recipe: CodeRecipe;
  images: LabelledImages;
}

/** What a worker is told for each cell; it knows networks, not cells. */
export interface CodeTask {
  position: number;
  network: Network;
  /** Of this cell. */
  seed: number;
}

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `code-worker${path.extname(__filename)}`);

/**
 * Measures the codes that are missing in a file, a worker process a core, and appends each when it is there. It may be
 * killed at any moment and started again: a code depends on the recipe, the run's seed and the cell alone.
 *
 * @throws Error when the file is in use, damaged, not writable or of another seed, or when a worker dies
 */
export async function measureCodes(measurement: CodeMeasurement): Promise<MeasuringOutcome> {
  const { space, recipe, file, seed, workers, report, signal } = measurement;
  const store = await openCodeStore(file, codeEntries(recipe));
  try {
    const other = [...store.codes.values()].find((code) => code.seed !== seed);
    if (other)
      throw new Error(
        `${file} has codes of seed ${other.seed} (such as id ${other.id}), and this run has seed ${seed}: ` +
          'measure into a file of its own (--file)',
      );
    const missing = measurement.positions.filter((position) => !store.codes.has(space.ids[position]!));
    const before = measurement.positions.length - missing.length;
    const diverged: number[] = [];
    let done = 0;
    const setup = missing.length > 0 ? { recipe, images: await measurement.loadImages() } : undefined;
    const began = Date.now();
    const tell = (): void => report?.({ done, total: missing.length, before, seconds: (Date.now() - began) / 1000 });
    tell();
    if (!setup) return { complete: true, diverged };
    const complete = await runTasks<CodeSetup, CodeTask, EstimationCode>({
      module: WORKER,
      setup,
      tasks: missing.map((position) => ({
        position,
        network: cellNetwork(space.operations[position]!, recipe.network),
        seed: cellSeed(seed, space.ids[position]!),
      })),
      workers,
      signal,
      async keep({ losses, seconds, diverged: noNumber }, { position }) {
        const id = space.ids[position]!;
        if (noNumber) diverged.push(position);
        else await store.add({ id, architecture: space.cells[position]!, losses, seconds, seed });
        done++;
        tell();
      },
    });
    return { complete, diverged };
  } finally {
    await store.close();
  }
}
