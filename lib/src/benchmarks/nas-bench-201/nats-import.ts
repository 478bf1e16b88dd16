/**
 * Imports NATS-Bench's topology archive (`NATS-tss-v1_0-3ffb9-simple`: a compressed pickle a cell, and one with the order
 * of the cells) into tables. Cells are read in parts, each into files of its own that are joined at the end: an import
 * that was stopped goes on with the parts that are missing.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../files/make-folder';
import { holdFile } from '../../files/hold-file';
import { loadBzip2 } from '../../files/read-bzip2';
import { replaceFile } from '../../files/replace-file';
import { unpickle } from '../../files/unpickle';
import { type MeasuringProgress } from '../../processes/measuring-progress';
import { runTasks } from '../../processes/worker-pool';
import { type SearchSpace } from '../search-space';
import { CURVES_HEADER, natsFiles, TRIALS_HEADER, type NatsFiles } from './nats-tables';

/** What to import. */
export interface NatsImport {
  /** The unpacked archive. */
  folder: string;
  /** The folder that the tables go into. */
  output: string;
  /** NAS-Bench-201: the ids and strings that the archive has to have. */
  space: SearchSpace;
  /** Processes that read at the same time. */
  workers: number;
  /** Whether to go on with the other files where one is missing or cannot be read. */
  keepGoing: boolean;
  /** Called at the start, and after every part. */
  report?: (progress: MeasuringProgress) => void;
}

/** A file that was not imported, and why. */
export interface NatsFailure {
  file: string;
  reason: string;
}

/** What an import gave. */
export interface NatsImported {
  files: NatsFiles;
  /** Cells in the tables. */
  cells: number;
  failures: NatsFailure[];
}

/** What a worker reads at a time: cells by id and architecture, and the files for their rows. */
export interface NatsPart {
  folder: string;
  cells: [id: number, architecture: string][];
  files: NatsFiles;
  keepGoing: boolean;
}

/** Cells of a part: about two seconds of work, which is what a stop costs. */
const PART = 100;

const META = 'meta.pickle.pbz2';
/** The file with the order has 1.4 MB. */
const META_LIMIT = 2 ** 24;

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `nats-import-worker${path.extname(__filename)}`);

/** The name of a cell's file in the archive. */
export function recordFile(id: number): string {
  return `${String(id).padStart(6, '0')}.pickle.pbz2`;
}

/**
 * Reads the archive and writes its tables, complete or not at all; what an earlier import read is not read again.
 *
 * @returns the tables' files and, with `keepGoing`, what is not in them
 * @throws Error when another import writes into the output, or the folder is no such archive or has its cells in another
 *   order; without `keepGoing` also, with the file and what is wrong with it, when one is missing or cannot be read
 */
export async function importNats(options: NatsImport): Promise<NatsImported> {
  const { output, space } = options;
  const files = natsFiles(output);
  if (countCells(files.trials) === space.size && existsSync(files.curves))
    return { files, cells: space.size, failures: [] };

  const present = new Set(listFolder(options.folder));
  const held = await holdFile(files.trials, 'wait for it');
  try {
    return await importInto(files, present, options);
  } finally {
    await held.release();
  }
}

/** @param present names of the files in the archive's folder */
async function importInto(files: NatsFiles, present: ReadonlySet<string>, options: NatsImport): Promise<NatsImported> {
  const { folder, output, space, keepGoing } = options;
  const failures = [...(await checkOrder(folder, present, space)), ...checkNames(folder, present, space)];
  if (failures.length > 0 && !keepGoing) throw failed(failures);

  const parts = planParts(options, present);
  const before = parts.reduce((sum, part) => sum + (isDone(part) ? part.cells.length : 0), 0);
  makeFolder(path.join(output, 'parts'));
  failures.push(...(await readParts(parts, before, options)));

  join(
    files.curves,
    CURVES_HEADER,
    parts.map((part) => part.files.curves),
  );
  join(
    files.trials,
    TRIALS_HEADER,
    parts.map((part) => part.files.trials),
  );
  // With failures the parts stay, so that the next import reads only those that were not complete.
  if (failures.length === 0) rmSync(path.join(output, 'parts'), { recursive: true });
  return { files, cells: countCells(files.trials), failures };
}

function listFolder(folder: string): string[] {
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  if (!names.some((name) => /^\d{6}\.pickle\.pbz2$/.test(name))) {
    throw new Error(
      `${folder}: found no file such as ${recordFile(0)}, expected the unpacked folder of NATS-Bench's topology ` +
        'archive, NATS-tss-v1_0-3ffb9-simple',
    );
  }
  return names;
}

/** The order of the cells in the archive against the benchmark's. A different one is another archive: nothing fits then. */
async function checkOrder(folder: string, present: ReadonlySet<string>, space: SearchSpace): Promise<NatsFailure[]> {
  const file = path.join(folder, META);
  if (!present.has(META)) return [{ file, reason: 'is missing, so the order of the cells was not checked as a whole' }];
  let order: unknown;
  try {
    const meta = unpickle((await loadBzip2()).decompress(readFileSync(file), META_LIMIT));
    order = meta instanceof Map ? meta.get('meta_archs') : undefined;
    if (!Array.isArray(order)) throw new Error('has no list "meta_archs"');
  } catch (error) {
    return [{ file, reason: (error as Error).message }];
  }
  const theirs = order as unknown[];
  const different = space.cells.findIndex((architecture, position) => theirs[space.ids[position]!] !== architecture);
  if (different >= 0 || theirs.length !== space.size) {
    const at = different < 0 ? space.size : different;
    throw new Error(
      `${file}: found ${String(theirs[at])} as cell ${at} of ${theirs.length}, expected ${space.cells[at] ?? 'no more'}, ` +
        `as ${space.name} has it: another archive`,
    );
  }
  return [];
}

/** Files that are missing, and files that are none of a cell. */
function checkNames(folder: string, present: ReadonlySet<string>, space: SearchSpace): NatsFailure[] {
  const expected = new Set([META, ...Array.from(space.ids, recordFile)]);
  const missing = [...expected].filter((name) => name !== META && !present.has(name));
  const foreign = [...present].filter((name) => name.endsWith('.pickle.pbz2') && !expected.has(name));
  const failures = foreign.map((name) => ({ file: path.join(folder, name), reason: `is no cell of ${space.name}` }));
  if (missing.length > 0) {
    const others = missing.length > 1 ? `, and ${missing.length - 1} more of the ${space.size} cells` : '';
    failures.push({ file: path.join(folder, missing[0]!), reason: `is missing${others}` });
  }
  return failures;
}

/** The cells whose files are there, in parts. A part's name tells its first cell, so a later, fuller folder fits too. */
function planParts({ folder, output, space, keepGoing }: NatsImport, present: ReadonlySet<string>): NatsPart[] {
  const parts: NatsPart[] = [];
  for (let from = 0; from < space.size; from += PART) {
    const ids = Array.from(space.ids.subarray(from, from + PART));
    const cells = ids.map((id, i): [number, string] => [id, space.cells[from + i]!]);
    const name = path.join(output, 'parts', String(ids[0]).padStart(6, '0'));
    parts.push({
      folder,
      cells: cells.filter(([id]) => present.has(recordFile(id))),
      files: { trials: `${name}.trials.csv`, curves: `${name}.curves.csv` },
      keepGoing,
    });
  }
  return parts.filter(({ cells }) => cells.length > 0);
}

function isDone({ cells, files }: NatsPart): boolean {
  return countCells(files.trials) === cells.length;
}

/** Different cells in a table of trials; 0 where it is missing. The rows of a cell stand together. */
function countCells(file: string): number {
  if (!existsSync(file)) return 0;
  return new Set(readFileSync(file, 'latin1').match(/^\d+(?=,)/gm)).size;
}

/** Has workers read the parts that are missing; gives what they could not read. */
async function readParts(parts: readonly NatsPart[], before: number, options: NatsImport): Promise<NatsFailure[]> {
  const tasks = parts.filter((part) => !isDone(part));
  const total = tasks.reduce((sum, part) => sum + part.cells.length, 0);
  const failures: NatsFailure[] = [];
  const began = Date.now();
  let done = 0;
  const tell = (): void => options.report?.({ done, total, before, seconds: (Date.now() - began) / 1000 });
  tell();
  await runTasks<null, NatsPart, NatsPart, NatsFailure[]>({
    module: WORKER,
    setup: null,
    tasks,
    messageOf: (part) => part,
    workers: options.workers,
    keep: (found, part) => {
      if (found.length > 0 && !options.keepGoing) throw failed(found);
      failures.push(...found);
      done += part.cells.length;
      tell();
    },
  });
  return failures;
}

/** Joins the parts' rows under a header. */
function join(file: string, header: string, parts: readonly string[]): void {
  function* contents(): Generator<string | Uint8Array> {
    yield `${header}\n`;
    for (const part of parts) yield readFileSync(part);
  }
  replaceFile(file, contents());
}

function failed(failures: readonly NatsFailure[]): Error {
  const [first] = failures;
  const others = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return new Error(
    `${first!.file}: ${first!.reason}${others}; put it right, or leave such files out with --keep-going`,
  );
}
