import { holdAlone } from '../files/hold-alone';
import { appendLines, readLines, repairLines } from '../files/line-file';

/** A cell's measured code as the store keeps it. */
export interface StoredCode {
  /** The cell's id in the benchmark. */
  id: number;
  architecture: string;
  /** Mean training loss of each epoch. */
  losses: readonly number[];
  /** Processor time of the training. */
  seconds: number;
  /** The run's seed, of which the cell's own follows (`cellSeed`). */
  seed: number;
}

/** A file of codes, one whole line a cell. */
export interface CodeStore {
  readonly file: string;
  /** What the file holds, by id. */
  readonly codes: ReadonlyMap<number, StoredCode>;
  /** Adds a code; on disk when the promise resolves. Throws an Error as `appendLines` does. */
  add(code: StoredCode): Promise<void>;
  /** Lets others write. */
  close(): Promise<void>;
}

/** Significant digits of a loss and decimals of the seconds: more than a training's rounding is worth. */
const LOSS_DIGITS = 8;
const SECONDS_DECIMALS = 2;

/**
 * Opens a file of codes for one run, which has it alone until it closes it; makes it where it is missing, and cuts off a
 * last line that a kill left unfinished.
 *
 * @param epochs losses of a code
 * @throws Error when another run writes to it, when it is damaged, or when it cannot be written
 */
export async function openCodeStore(file: string, epochs: number): Promise<CodeStore> {
  const release = await holdAlone(file);
  try {
    await repairLines(file);
    const codes = readCodes(file, epochs);
    if (readLines(file).length === 0) await appendLines(file, [header(epochs)]);
    return {
      file,
      codes,
      async add(code) {
        await appendLines(file, [formatLine(code)]);
        codes.set(code.id, code);
      },
      close: release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * The codes in a file, by id; none where it is missing.
 *
 * @throws Error with file and line where something else stands, or where a cell has two different codes
 */
export function readCodes(file: string, epochs: number): Map<number, StoredCode> {
  const codes = new Map<number, StoredCode>();
  const [first, ...lines] = readLines(file);
  if (first === undefined) return codes;
  if (first !== header(epochs)) {
    throw new Error(`${file}, line 1: found "${first}", expected "${header(epochs)}": no codes of this recipe`);
  }
  lines.forEach((line, i) => {
    const code = parseLine(line, epochs);
    if (!code) {
      throw new Error(`${file}, line ${i + 2}: found "${line}", expected ${header(epochs)}; remove the line`);
    }
    addUnlessConflict(codes, code, `${file}, line ${i + 2}`);
  });
  return codes;
}

/**
 * Joins files of the same recipe into one, sorted by id; what the output already holds stays. All or nothing.
 *
 * @returns the number of codes in the output
 * @throws Error when two files have different codes of a cell, naming both, or when a file is damaged or missing
 */
export async function mergeCodes(files: readonly string[], output: string, epochs: number): Promise<number> {
  const store = await openCodeStore(output, epochs);
  try {
    const merged = new Map(store.codes);
    for (const file of files) {
      const codes = readCodes(file, epochs);
      if (readLines(file).length === 0) throw new Error(`${file} is missing or empty: nothing to merge`);
      for (const code of codes.values()) addUnlessConflict(merged, code, file);
    }
    const added = [...merged.values()].filter(({ id }) => !store.codes.has(id)).sort((a, b) => a.id - b.id);
    await appendLines(output, added.map(formatLine));
    return merged.size;
  } finally {
    await store.close();
  }
}

function header(epochs: number): string {
  const losses = Array.from({ length: epochs }, (_, i) => `loss${i + 1}`);
  return ['id', 'architecture', ...losses, 'seconds', 'seed'].join(',');
}

function formatLine({ id, architecture, losses, seconds, seed }: StoredCode): string {
  const values = losses.map((loss) => loss.toPrecision(LOSS_DIGITS));
  return [id, architecture, ...values, seconds.toFixed(SECONDS_DECIMALS), seed].join(',');
}

function parseLine(line: string, epochs: number): StoredCode | undefined {
  const [id, architecture, ...rest] = line.split(',');
  const numbers = rest.map(Number);
  if (rest.length !== epochs + 2 || rest.includes('') || ![Number(id), ...numbers].every(Number.isFinite)) return;
  return {
    id: Number(id),
    architecture: architecture!,
    losses: numbers.slice(0, epochs),
    seconds: numbers[epochs]!,
    seed: numbers[epochs + 1]!,
  };
}

/** The same measurement may stand in two places; two measurements of a cell contradict each other. */
function addUnlessConflict(codes: Map<number, StoredCode>, code: StoredCode, where: string): void {
  const known = codes.get(code.id);
  if (!known) codes.set(code.id, code);
  else if (known.seed !== code.seed || known.losses.some((loss, i) => loss !== code.losses[i])) {
    throw new Error(
      `${where}: id ${code.id} has ${code.losses.join(' ')} (seed ${code.seed}) here, and elsewhere ` +
        `${known.losses.join(' ')} (seed ${known.seed}): keep one of them`,
    );
  }
}
