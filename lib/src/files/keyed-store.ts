/**
 * Files of records with a key, a line each: measured codes, scores, accuracies. One process writes at a time, from start
 * to end; a key has one record; a file of something else is refused before a byte of it is changed; what a kill left
 * unfinished is moved aside and said (see `line-file.ts`).
 */
import { existsSync, statSync } from 'node:fs';
import { checkWritable } from './check-writable';
import { holdFile } from './hold-file';
import { appendLines, readLines, repairLines, tornNote, type LineFormat } from './line-file';
import { quoted } from './quoted';
import { readText } from './read-text';

/** What the records of a file are. */
export interface RecordKind<Key, T> {
  /** For messages: `codes`. */
  title: string;
  /** The first line of a CSV file; absent for JSON lines. */
  header?: string;
  /** What a record is found by. */
  key: (record: T) => Key;
  /** A record's line, without newline. */
  format: (record: T) => string;
  /** The record of a line; undefined where the line is none. */
  parse: (line: string) => T | undefined;
  /**
   * A record's values for a message, such as `id 4: 2.1 1.9 1.8 (seed 0)`; what differs is among them where another
   * record is given.
   */
  describe: (record: T, other?: T) => string;
  /** Whether the last field is there to its end: asked of a last line without newline, which may be cut; by default yes. */
  isWhole?: (record: T) => boolean;
  /** What is wrong with a record that a line holds: found what, expected what, and what to do; undefined where nothing is. */
  wrong?: (record: T) => string | undefined;
  /** Whether two records of a key say the same; by default whether their lines are equal. */
  same?: (a: T, b: T) => boolean;
  /**
   * What all records of a file have in common, such as the seed: two that differ in it do not belong together; and the
   * options that a command is told it by, for messages.
   */
  common?: { name: string; of: (record: T) => number | string; options?: string };
  /** The form that an earlier version wrote: a file of it is read, and goes on in it. */
  earlier?: RecordKind<Key, T>;
  /** What to do while another process writes the file, for the message. */
  busy?: string;
}

/** An open file of records. */
export interface KeyedStore<Key, T> {
  readonly file: string;
  /** What the file holds, in its order. */
  readonly records: ReadonlyMap<Key, T>;
  /** The file that a last line was moved into which a kill had left unfinished; absent where there was none. */
  readonly torn?: string;
  /**
   * Adds records, all or none; on disk when the promise resolves. Those that are there already are left out.
   *
   * @throws Error when one contradicts what is there, or as `appendLines` does
   */
  add(...records: readonly T[]): Promise<void>;
  /** Lets others write. */
  close(): Promise<void>;
}

/**
 * Opens a file of records for this process alone, until it is closed. Makes it at the first record where it is missing.
 *
 * @param common what the records that will be added have in common (see `RecordKind.common`): a file of another one is
 *   refused now, not after the work
 * @throws Error when another process writes to it, or when it is of another kind, damaged or not writable
 */
export async function openStore<Key, T>(
  file: string,
  latest: RecordKind<Key, T>,
  common?: number | string,
): Promise<KeyedStore<Key, T>> {
  const kind = formOf(file, latest);
  // Before anything is made beside a file that turns out to be another program's.
  readRecords(file, kind);
  checkWritable(file);
  const held = await holdFile(file, kind.busy ?? 'wait for it, or name another file');
  try {
    const format = lineFormat(kind);
    const torn = await repairLines(file, format);
    const merged = new Merged(kind);
    merged.read(file);
    if (common !== undefined) merged.refuseOther(common, file);
    return {
      file,
      records: merged.records,
      torn,
      async add(...records) {
        held.check();
        const added = merged.with(records, 'what was added');
        await appendLines(file, added.map(kind.format), format);
        merged.keep(added, file);
      },
      close: () => held.release(),
    };
  } catch (error) {
    await held.release();
    throw error;
  }
}

/**
 * The records of a file by key, in its order; none where it is missing. A last line that is unfinished is none.
 *
 * @param common what they have to have in common; by default anything
 * @throws Error with file and line where something else stands, or where two records contradict each other
 */
export function readRecords<Key, T>(file: string, kind: RecordKind<Key, T>, common?: number | string): Map<Key, T> {
  const merged = new Merged(kind);
  merged.read(file, common);
  return merged.records;
}

/** What `mergeRecords` may be told. */
export interface MergeOptions<T> {
  /** How the added records are sorted; by default as they come. */
  order?: (a: T, b: T) => number;
  /** What all records have to have in common (see `RecordKind.common`); by default anything. */
  common?: number | string;
}

/** What `mergeRecords` did. */
export interface MergeResult {
  /** Records of the output, and how many of them are new. */
  total: number;
  added: number;
  /** Sentences on what was left out: unfinished last lines. */
  notes: string[];
}

/**
 * Adds the records of some files to another one, which is made where it is missing; what it holds stays. The files are
 * not changed. All or nothing: where one is damaged, missing, of something else, or contradicts another, nothing is
 * written.
 *
 * @throws Error that names both files and lines of a contradiction, or as `openStore`
 */
export async function mergeRecords<Key, T>(
  files: readonly string[],
  output: string,
  kind: RecordKind<Key, T>,
  { order, common }: MergeOptions<T> = {},
): Promise<MergeResult> {
  const merged = new Merged(kind);
  const notes: string[] = [];
  // All is read before anything is made or repaired. What another process adds meanwhile is seen when it is opened.
  merged.read(output);
  if (common !== undefined) merged.refuseOther(common, output);
  for (const file of files) {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0) throw new Error(`${file} is missing or empty: nothing to merge; check the path`);
    const unfinished = merged.read(file, common);
    if (unfinished !== undefined) {
      notes.push(`${file}: its last line is unfinished and was left out: ${quoted(unfinished)}`);
    }
  }
  const store = await openStore(output, kind, common);
  try {
    if (store.torn !== undefined) notes.unshift(tornNote(output, store.torn));
    const added = [...merged.records].filter(([key]) => !store.records.has(key)).map(([, record]) => record);
    if (order) added.sort(order);
    await store.add(...added);
    return { total: store.records.size, added: added.length, notes };
  } finally {
    await store.close();
  }
}

/** Records of one or more files, with where each came from. */
class Merged<Key, T> {
  readonly records = new Map<Key, T>();
  private readonly places = new Map<Key, string>();
  private first?: { common: number | string; place: string };

  constructor(private readonly kind: RecordKind<Key, T>) {}

  /** Takes the records of a file, all with this in common; returns its unfinished last line. */
  read(file: string, common?: number | string): string | undefined {
    const form = formOf(file, this.kind);
    const { lines, unfinished } = readLines(file, lineFormat(form));
    for (const { text, number } of lines) {
      const record = form.parse(text);
      const place = `${file}, line ${number}`;
      if (record === undefined) {
        throw new Error(
          `${place}: found ${quoted(text)}, expected ${form.header ?? form.title}; correct or remove the line`,
        );
      }
      if (common !== undefined) this.requireCommon(record, common, place);
      if (this.isNew(record, place)) this.keep([record], place);
    }
    return unfinished;
  }

  /** Those of some records that are not there yet, each once; throws where one contradicts what is there. */
  with(records: readonly T[], place: string): T[] {
    const added = new Merged(this.kind);
    for (const record of records) {
      if (this.kind.parse(this.kind.format(record)) === undefined) {
        throw new Error(`${this.kind.describe(record)}: this is no record of ${this.kind.title} that can be kept`);
      }
      if (this.isNew(record, place) && added.isNew(record, place)) added.keep([record], place);
    }
    return [...added.records.values()];
  }

  keep(records: readonly T[], place: string): void {
    const { key, common } = this.kind;
    for (const record of records) {
      this.records.set(key(record), record);
      this.places.set(key(record), place);
      if (common) this.first ??= { common: common.of(record), place };
    }
  }

  /** Throws unless all records have this in common. */
  refuseOther(common: number | string, place: string): void {
    if (this.first === undefined || this.first.common === common) return;
    const { name } = this.kind.common!;
    throw new Error(
      `${place} is to have ${this.kind.title} of ${name} ${common}, and ${this.first.place} has ${name} ` +
        `${this.first.common}: a file has one ${name}; name another file (--file)`,
    );
  }

  /** Throws where a record that is read has something else in common with its like than was asked for. */
  private requireCommon(record: T, expected: number | string, place: string): void {
    const { name, of, options } = this.kind.common!;
    const found = of(record);
    if (found === expected) return;
    const remedy = options === undefined ? '' : `give the options that these lines were made with (${options}), or `;
    throw new Error(`${place}: found ${name} ${found}, expected ${name} ${expected}; ${remedy}leave the file out`);
  }

  private isNew(record: T, place: string): boolean {
    const { key, common, same, format, describe, wrong } = this.kind;
    const what = wrong?.(record);
    if (what !== undefined) throw new Error(`${place}: ${what}`);
    if (common) this.refuseOther(common.of(record), place);
    const known = this.records.get(key(record));
    if (known === undefined) return true;
    if (same ? same(known, record) : format(known) === format(record)) return false;
    throw new Error(
      `${place}: found ${describe(record, known)}, and in ${this.places.get(key(record))!} ` +
        `${describe(known, record)}: ` +
        'they contradict each other; keep one of them',
    );
  }
}

/** The form that a file has, of a kind that may have an earlier one. */
function formOf<Key, T>(file: string, kind: RecordKind<Key, T>): RecordKind<Key, T> {
  if (!kind.earlier || !existsSync(file)) return kind;
  const [first, second] = readText(file).split(/\r?\n|\r/, 2);
  // Without a line's end it may as well be what a kill left of the latest header, which begins like the earlier one.
  return first === kind.earlier.header && second !== undefined ? kind.earlier : kind;
}

/** A last line without a newline is a record, unless it is what a kill leaves of a longer one: `6.08` of 6.0806263. */
function lineFormat<Key, T>({ title, header, parse, format, isWhole }: RecordKind<Key, T>): LineFormat {
  return {
    title,
    header,
    isLine(text) {
      const record = parse(text);
      if (record === undefined || isWhole?.(record) === false) return false;
      const whole = format(record);
      return whole === text || !whole.startsWith(text);
    },
  };
}
