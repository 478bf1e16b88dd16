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

/**
 * Writes a file as a whole, so that at every moment the old content or the new one is there, whatever stops the process
 * or the machine: the new content is written beside the file, brought to the disk, and renamed. Makes the folder where
 * it is missing; keeps the permissions of a file that is replaced, and follows a link to it.
 *
 * @throws Error when it cannot be written (a full or read-only disk); the old content is still there
 */
export function replaceFile(file: string, content: string | Uint8Array): void {
  let part: string | undefined;
  try {
    makeFolder(dirname(file));
    const old = statSync(file, { throwIfNoEntry: false });
    const target = old ? realpathSync(file) : file;
    part = `${target}.${process.pid}-${written++}.part`;
    const descriptor = openSync(part, 'wx');
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (old) chmodSync(part, old.mode);
    renameSync(part, target);
    syncFolder(dirname(target));
  } catch (error) {
    if (part !== undefined) rmSync(part, { force: true });
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
