import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder';
import { writeError } from './write-error';

/** Tells apart what one process writes at the same time. */
let written = 0;

/** What a file may be written from: all of it, or parts one after the other, for one that does not fit in memory. */
export type FileContent = string | Uint8Array | Iterable<string | Uint8Array>;

/**
 * Writes a file as a whole, so that at every moment the old content or the new one is there, whatever stops the process
 * or the machine: the new content is written beside the file, brought to the disk, and renamed. Makes the folder where
 * it is missing; keeps the permissions of a file that is replaced, and follows a link to it.
 *
 * @throws Error when it cannot be written (a full or read-only disk); the old content is still there
 */
export function replaceFile(file: string, content: FileContent): void {
  let beside: string | undefined;
  try {
    makeFolder(dirname(file));
    const old = statSync(file, { throwIfNoEntry: false });
    const target = old ? realpathSync(file) : file;
    beside = `${target}.${process.pid}-${written++}.part`;
    const descriptor = openSync(beside, 'wx');
    try {
      const parts = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
      for (const part of parts) writeFileSync(descriptor, part);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (old) chmodSync(beside, old.mode);
    renameSync(beside, target);
    syncFolder(dirname(target));
  } catch (error) {
    if (beside !== undefined) rmSync(beside, { force: true });
    throw writeError(error, file);
  }
}

/** Brings a rename to the disk. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } catch {
    // Some file systems of networks do not sync folders; the file itself is safe.
  } finally {
    closeSync(descriptor);
  }
}
