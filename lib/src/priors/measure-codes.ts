import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { type CellSpace } from '../benchmarks/nas-bench-201/cell-space';
import { type LabelledImages } from '../images/cifar10';
import { openCodeStore } from './code-store';
import { cellSeed, codeEntries, type CodeRecipe, type EstimationCode } from './estimation-code';
import { type Cell } from '../benchmarks/nas-bench-201/cell';

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
  report?: (progress: CodeProgress) => void;
}

/** How far a measurement is. */
export interface CodeProgress {
  /** Cells measured by this run, cells that it has to measure, and cells that were there before. */
  done: number;
  total: number;
  before: number;
  /** Since the first training began: time for fetching images is no measure of what is left. */
  seconds: number;
}

/** What the workers are told: first the recipe and the images, then a cell at a time. */
export type CodeWorkerMessage =
  { recipe: CodeRecipe; images: LabelledImages } | { position: number; cell: Cell; seed: number };

/** What a worker answers. */
export interface CodeWorkerAnswer {
  position: number;
  code: EstimationCode;
}

/** One engine thread a process: two processes of one thread are faster than one of two. */
const ONE_THREAD = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1' };

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `code-worker${path.extname(__filename)}`);

/**
 * Measures the codes that are missing in a file, a worker process a core, and appends each when it is there. It may be
 * killed at any moment and started again: a code depends on the recipe, the run's seed and the cell alone.
 *
 * @returns the positions of cells whose training diverged, which therefore have no code
 * @throws Error when the file is in use, damaged, not writable or of another seed, or when a worker dies
 */
export async function measureCodes(measurement: CodeMeasurement): Promise<number[]> {
  const { space, recipe, file, seed, workers, report } = measurement;
  const store = await openCodeStore(file, codeEntries(recipe));
  const children: ChildProcess[] = [];
  try {
    const other = [...store.codes.values()].find((code) => code.seed !== seed);
    if (other)
      throw new Error(
        `${file} has codes of seed ${other.seed} (such as id ${other.id}), and this run has seed ${seed}: ` +
          'measure into a file of its own (--file)',
      );
    const missing = measurement.positions.filter((position) => !store.codes.has(space.ids[position]!));
    const before = measurement.positions.length - missing.length;
    const total = missing.length;
    const diverged: number[] = [];
    let done = 0;
    const images = total > 0 ? await measurement.loadImages() : undefined;
    const began = Date.now();
    const tell = (): void => report?.({ done, total, before, seconds: (Date.now() - began) / 1000 });
    tell();
    if (!images) return [];

    const keep = async ({ position, code }: CodeWorkerAnswer): Promise<void> => {
      const id = space.ids[position]!;
      const { losses, seconds } = code;
      if (code.diverged) diverged.push(position);
      else await store.add({ id, architecture: space.cells[position]!, losses, seconds, seed });
      done++;
      tell();
    };

    const work = (child: ChildProcess): Promise<void> =>
      new Promise((resolve, reject) => {
        const next = (): void => {
          const position = missing.shift();
          if (position === undefined) return resolve();
          const id = space.ids[position]!;
          child.send({
            position,
            cell: space.operations[position]!,
            seed: cellSeed(seed, id),
          } satisfies CodeWorkerMessage);
        };
        child.on('message', (answer: CodeWorkerAnswer) => void keep(answer).then(next, reject));
        child.once('error', reject);
        child.once('exit', (code, signal) => reject(new Error(`a worker ended with ${signal ?? `code ${code}`}`)));
        child.send({ recipe, images } satisfies CodeWorkerMessage);
        next();
      });

    const count = Math.min(workers, total);
    for (let i = 0; i < count; i++)
      children.push(fork(WORKER, { serialization: 'advanced', env: { ...process.env, ...ONE_THREAD } }));
    await Promise.all(children.map(work));
    return diverged;
  } finally {
    for (const child of children) child.removeAllListeners('exit').kill();
    await store.close();
  }
}
