/**
 * Files of whole lines that several processes append to and that a stop at any moment cannot spoil: results that took
 * minutes each are kept this way. A lock orders the writers. A file of another program is refused before a byte of it is
 * changed. A last line that only lacks its newline is a line; one that a killed writer left unfinished is ignored by
 * readers, and the next writer moves it aside, into a file of the same name and `.torn`. A write that fails half way (a
 * full disk) is taken back.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { makeFolder } from './make-folder';
import { quoted } from './quoted';
import { decodeText, encodingOf, readBytes } from './read-text';
import { writeError } from './write-error';

/** What the lines of a file are. */
export interface LineFormat {
  /** For messages: `run records`. */
  title: string;
  /** The first line of every such file; absent in files of JSON lines, which have none. */
  header?: string;
  /** Whether a text is a line of this kind from start to end, the header apart. */
  isLine: (text: string) => boolean;
}

/** A line and its number in the file, from 1. */
export interface NumberedLine {
  text: string;
  number: number;
}

/** What a file of lines holds. */
export interface FileLines {
  /** Without the header and blank lines. */
  lines: NumberedLine[];
  /** A last line that a writer left unfinished: it is none of the lines. */
  unfinished?: string;
}

const NEWLINE = 0x0a;

/** Bytes that hold the first line, but of few files. */
const CHUNK = 1 << 16;

/** A lock that its owner has not renewed for this long belongs to a killed process, ms. */
const STALE_AFTER = 5000;

/** A writer holds the lock for milliseconds, so one that waits this often at up to 250 ms meets a stuck process. */
const LOCK_RETRIES = { retries: 120, minTimeout: 10, maxTimeout: 250 };

/**
 * The lines of a file; none where it is missing or empty. Line ends may be those of any system.
 *
 * @throws Error when the file is none of this format, or cannot be read
 */
export function readLines(file: string, format: LineFormat): FileLines {
  if (!existsSync(file)) return { lines: [] };
  const text = decodeText(readBytes(file));
  const texts = text.split(/\r\n|\n|\r/);
  const last = texts.pop()!;
  const lines = texts.map((line, i): NumberedLine => ({ text: line, number: i + 1 }));
  recognise(file, format, texts[0] ?? last, texts.length > 0);
  const isWhole = lines.length === 0 && format.header !== undefined ? last === format.header : format.isLine(last);
  if (isWhole) lines.push({ text: last, number: lines.length + 1 });
  const unfinished = isWhole || last === '' ? undefined : last;
  if (format.header !== undefined) lines.shift();
  return { lines: lines.filter((line) => line.text.trim() !== ''), unfinished };
}

/** Whether the first line of a file is whole and of this format: it is one of ours, whatever its name. */
export function isOfFormat(file: string, format: LineFormat): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    recogniseOpen(descriptor, file, format, 'whole');
    return true;
  } catch {
    return false; // what cannot be read is left alone, too
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Appends lines, all or none of them, after moving an unfinished last line aside. Makes the file, its header and its
 * folder where they are missing.
 *
 * @param lines without newlines
 * @returns the file that an unfinished line was moved into, where there was one
 * @throws Error when the file is none of this format, the lock is not to be had, or the disk is full or read-only; what
 *   the file held is still there
 */
export async function appendLines(
  file: string,
  lines: readonly string[],
  format: LineFormat,
): Promise<string | undefined> {
  return changeTail(file, format, (descriptor, end, lacksNewline) => {
    const before = lacksNewline ? [''] : end === 0 && format.header !== undefined ? [format.header] : [];
    const text = Buffer.from([...before, ...lines].map((line) => `${line}\n`).join(''));
    let written = 0;
    try {
      while (written < text.length) written += writeSync(descriptor, text, written);
      fsyncSync(descriptor);
    } catch (error) {
      ftruncateSync(descriptor, end);
      throw error;
    }
  });
}

/**
 * Makes the end of a file whole: a last line that only lacks its newline gets it, and one that a killed writer left
 * unfinished is moved aside. Writes nothing where nothing is to be done.
 *
 * @returns the file that an unfinished line was moved into, where there was one
 * @throws Error as `appendLines`
 */
export async function repairLines(file: string, format: LineFormat): Promise<string | undefined> {
  if (!existsSync(file)) return;
  const descriptor = openSync(file, 'r');
  try {
    recogniseOpen(descriptor, file, format);
    const { size } = fstatSync(descriptor);
    if (size === 0 || lastByte(descriptor, size) === NEWLINE) return;
  } finally {
    closeSync(descriptor);
  }
  return appendLines(file, [], format);
}

/** What to tell of a line that was moved aside. */
export function tornNote(file: string, aside: string): string {
  return `${file}: cut off a line that an earlier stop left unfinished, kept in ${aside}`;
}

/** What `changeTail` calls: the file, the end of what stays, and whether a newline is missing there. */
type Change = (descriptor: number, end: number, lacksNewline: boolean) => void;

/** Opens the file under its lock, makes sure that it is ours, moves an unfinished line aside, and has the rest done. */
async function changeTail(file: string, format: LineFormat, change: Change): Promise<string | undefined> {
  const release = await acquire(file);
  try {
    const descriptor = openWithin(file);
    try {
      recogniseOpen(descriptor, file, format);
      const { size } = fstatSync(descriptor);
      if (size === 0 || lastByte(descriptor, size) === NEWLINE) {
        writing(file, () => change(descriptor, size, false));
        return;
      }
      const bytes = readFileSync(file);
      const start = bytes.lastIndexOf(NEWLINE) + 1;
      const last = decodeText(bytes.subarray(start)).replace(/\r$/, '');
      const isWhole = start === 0 && format.header !== undefined ? last === format.header : format.isLine(last);
      return writing(file, () => {
        if (isWhole) {
          change(descriptor, size, true);
          return;
        }
        const aside = `${file}.torn`;
        setAside(aside, bytes.subarray(start));
        ftruncateSync(descriptor, start);
        change(descriptor, start, false);
        return aside;
      });
    } finally {
      closeSync(descriptor);
    }
  } finally {
    await release();
  }
}

/** As `recognise`; `whole` where the unfinished start of a first line is not enough. */
function recogniseOpen(descriptor: number, file: string, format: LineFormat, need?: 'whole'): void {
  const chunk = Buffer.alloc(CHUNK);
  let bytes = chunk.subarray(0, readSync(descriptor, chunk, 0, CHUNK, 0));
  if (bytes.length === 0) return;
  if (encodingOf(bytes) !== 'utf-8') {
    throw new Error(`${file}: is text in UTF-16, which nothing can be added to; save it as UTF-8`);
  }
  if (bytes.length === CHUNK && !bytes.includes(NEWLINE)) bytes = readFileSync(file);
  const end = bytes.indexOf(NEWLINE);
  const first = decodeText(bytes.subarray(0, end < 0 ? undefined : end));
  recognise(file, format, first.replace(/\r$/, ''), end >= 0 || need === 'whole');
}

/** Throws unless a first line is one of this format, or the unfinished start of one. */
function recognise(file: string, { title, header, isLine }: LineFormat, first: string, finished: boolean): void {
  if (first === '' && !finished) return;
  if (header === undefined ? isLine(first) : first === header) return;
  if (!finished && (header === undefined ? startsRecord(first) : header.startsWith(first))) return;
  const expected = header === undefined ? `a line of ${title}` : quoted(header);
  throw new Error(
    `${file}, line 1: found ${quoted(first)}, expected ${expected}: the file holds no ${title} of this kind and is left ` +
      'as it is; name another file',
  );
}

/** Whether a text is the start of a JSON object that was not written to its end. */
function startsRecord(text: string): boolean {
  if (!text.startsWith('{')) return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

function lastByte(descriptor: number, size: number): number {
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last[0]!;
}

/** Keeps the bytes of an unfinished line, before they are cut off where they were. */
function setAside(file: string, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'a');
  try {
    writeFileSync(descriptor, Buffer.concat([bytes, Buffer.of(NEWLINE)]));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function openWithin(file: string): number {
  return writing(file, () => openSync(file, 'a+'));
}

function writing<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw writeError(error, file);
  }
}

async function acquire(file: string): Promise<() => Promise<void>> {
  try {
    makeFolder(dirname(file));
    return await lock(file, { realpath: false, stale: STALE_AFTER, retries: LOCK_RETRIES });
  } catch (error) {
    throw writeError(error, file);
  }
}
