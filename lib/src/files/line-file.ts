/**
 * Files of whole lines that several processes append to and that a stop at any moment cannot spoil: results that took
 * minutes each are kept this way. A lock orders the writers; a line that a killed writer left unfinished is ignored by
 * readers and cut off by the next writer; a write that fails half way (a full disk) is taken back.
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
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { makeFolder } from './make-folder';

const NEWLINE = 0x0a;

/** A lock that its owner has not renewed for this long belongs to a killed process, ms. */
const STALE_AFTER = 5000;

/** A writer holds the lock for milliseconds, so one that waits this often at up to 250 ms meets a stuck process. */
const LOCK_RETRIES = { retries: 120, minTimeout: 10, maxTimeout: 250 };

/** The whole lines of a file, without their newlines; none where the file is missing. */
export function readLines(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

/**
 * Appends lines, all or none of them, after cutting off an unfinished last line. Makes the file and its folder where
 * they are missing.
 *
 * @param lines without newlines
 * @throws Error when the lock is not to be had or the disk is full or read-only; what the file held is still there
 */
export async function appendLines(file: string, lines: readonly string[]): Promise<void> {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  await changeTail(file, (descriptor, end) => {
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
 * Cuts off a last line that a killed writer left unfinished.
 *
 * @returns the number of bytes cut off
 * @throws Error as `appendLines`
 */
export async function repairLines(file: string): Promise<number> {
  if (!existsSync(file)) return 0;
  return changeTail(file, (_, __, torn) => torn);
}

/** Opens the file under its lock, repairs its tail, and hands out the descriptor, the end, and the bytes cut off. */
async function changeTail<T>(file: string, change: (descriptor: number, end: number, torn: number) => T): Promise<T> {
  const release = await acquire(file);
  try {
    const descriptor = openSync(file, 'a+');
    try {
      const { size } = fstatSync(descriptor);
      const end = endOfWholeLines(descriptor, size, file);
      if (end < size) ftruncateSync(descriptor, end);
      return change(descriptor, end, size - end);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw explain(error, file);
  } finally {
    await release();
  }
}

function endOfWholeLines(descriptor: number, size: number, file: string): number {
  if (size === 0) return 0;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last[0] === NEWLINE ? size : readFileSync(file).lastIndexOf(NEWLINE) + 1;
}

async function acquire(file: string): Promise<() => Promise<void>> {
  try {
    makeFolder(dirname(file));
    return await lock(file, { realpath: false, stale: STALE_AFTER, retries: LOCK_RETRIES });
  } catch (error) {
    throw explain(error, file);
  }
}

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full: make room and start again',
  EDQUOT: 'the disk quota is used up: make room and start again',
  EFBIG: 'the file may not grow further (file size limit): raise the limit and start again',
  EROFS: 'the disk is read-only',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  ELOCKED: 'another process keeps it locked; if none is running, delete the .lock folder beside it',
};

function explain(error: unknown, file: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`cannot write ${file}: ${REASONS[code ?? ''] ?? message}. What it held is kept.`, { cause: error });
}
