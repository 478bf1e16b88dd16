import { appendLines, readLines, repairLines } from '../files/line-file';
import { holdAlone } from '../files/hold-alone';

/** What was measured of a cell by training it. */
export interface Truth {
  /** The cell's id in the benchmark. */
  id: number;
  architecture: string;
  /** Percent of all 10,000 test images, once, with the last weights. */
  accuracy: number;
  /** Mean training loss of each epoch. */
  losses: readonly number[];
  /** Processor time of training and test. */
  seconds: number;
  /** The run's seed, of which the cell's own follows. */
  seed: number;
  /** What measured it: version and hash of the sources. */
  provenance: string;
}

/** A file of trained cells, one whole line a cell. */
export interface TruthStore {
  readonly file: string;
  /** What the file holds, by id. */
  readonly truths: ReadonlyMap<number, Truth>;
  /** Adds a cell; on disk when the promise resolves. Throws an Error as `appendLines` does. */
  add(truth: Truth): Promise<void>;
  /** Lets others write. */
  close(): Promise<void>;
}

/** Significant digits of a loss, and decimals of the seconds: more than a training's rounding is worth. */
const LOSS_DIGITS = 7;
const SECONDS_DECIMALS = 2;

/**
 * Opens a file of trained cells for one run, which has it alone until it closes it; makes it where it is missing.
 *
 * @param epochs losses of a cell
 * @throws Error when another run writes to it, when it is something else or damaged, or when it cannot be written
 */
export async function openTruthStore(file: string, epochs: number): Promise<TruthStore> {
  const release = await holdAlone(file);
  try {
    const truths = readTruths(file, epochs);
    await repairLines(file);
    if (readLines(file).length === 0) await appendLines(file, [header(epochs)]);
    return {
      file,
      truths,
      async add(truth) {
        await appendLines(file, [formatLine(truth)]);
        truths.set(truth.id, truth);
      },
      close: release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * The trained cells in a file, by id; none where it is missing.
 *
 * @throws Error with file and line where something else stands, or where a cell was measured twice with two results
 */
export function readTruths(file: string, epochs: number): Map<number, Truth> {
  const truths = new Map<number, Truth>();
  const [first, ...lines] = readLines(file);
  if (first === undefined) return truths;
  if (first !== header(epochs)) {
    throw new Error(`${file}, line 1: found "${first}", expected "${header(epochs)}": no file of this recipe`);
  }
  lines.forEach((line, i) => {
    const truth = parseLine(line, epochs);
    if (!truth) {
      throw new Error(`${file}, line ${i + 2}: found "${line}", expected ${header(epochs)}; remove the line`);
    }
    addUnlessConflict(truths, truth, `${file}, line ${i + 2}`);
  });
  return truths;
}

/**
 * Joins files of the same recipe into one, sorted by id; what the output already holds stays. All or nothing.
 *
 * @returns the number of cells in the output
 * @throws Error when two files have different results of a cell, naming both, or when a file is damaged or missing
 */
export async function mergeTruths(files: readonly string[], output: string, epochs: number): Promise<number> {
  const store = await openTruthStore(output, epochs);
  try {
    const merged = new Map(store.truths);
    for (const file of files) {
      const truths = readTruths(file, epochs);
      if (readLines(file).length === 0) throw new Error(`${file} is missing or empty: nothing to merge`);
      for (const truth of truths.values()) addUnlessConflict(merged, truth, file);
    }
    const added = [...merged.values()].filter(({ id }) => !store.truths.has(id)).sort((a, b) => a.id - b.id);
    await appendLines(output, added.map(formatLine));
    return merged.size;
  } finally {
    await store.close();
  }
}

function header(epochs: number): string {
  const losses = Array.from({ length: epochs }, (_, i) => `loss${i + 1}`);
  return ['id', 'architecture', 'accuracy', ...losses, 'seconds', 'seed', 'provenance'].join(',');
}

function formatLine({ id, architecture, accuracy, losses, seconds, seed, provenance }: Truth): string {
  const values = losses.map((loss) => loss.toPrecision(LOSS_DIGITS));
  return [id, architecture, accuracy.toFixed(2), ...values, seconds.toFixed(SECONDS_DECIMALS), seed, provenance].join(
    ',',
  );
}

function parseLine(line: string, epochs: number): Truth | undefined {
  const [id, architecture, ...rest] = line.split(',');
  const provenance = rest.pop();
  const numbers = rest.map(Number);
  if (!provenance || rest.length !== epochs + 3 || rest.includes('')) return;
  if (![Number(id), ...numbers].every(Number.isFinite)) return;
  return {
    id: Number(id),
    architecture: architecture!,
    accuracy: numbers[0]!,
    losses: numbers.slice(1, epochs + 1),
    seconds: numbers[epochs + 1]!,
    seed: numbers[epochs + 2]!,
    provenance,
  };
}

/** The same measurement may stand in two places; two measurements of a cell contradict each other. */
function addUnlessConflict(truths: Map<number, Truth>, truth: Truth, where: string): void {
  const known = truths.get(truth.id);
  if (!known) truths.set(truth.id, truth);
  else if (known.seed !== truth.seed || known.accuracy !== truth.accuracy) {
    throw new Error(
      `${where}: id ${truth.id} has accuracy ${truth.accuracy} (seed ${truth.seed}) here, and elsewhere ` +
        `${known.accuracy} (seed ${known.seed}): keep one of them`,
    );
  }
}
