import { accessSync, constants, existsSync } from 'node:fs';
import { writeError } from './write-error';

/**
 * Makes sure that a file can be written before there is work to be lost: one that is read-only may lie in a folder that
 * is not. A file that is missing is none to check.
 *
 * @throws Error when it is there and may not be written
 */
export function checkWritable(file: string): void {
  if (!existsSync(file)) return;
  try {
    accessSync(file, constants.W_OK);
  } catch (error) {
    throw writeError(error, file);
  }
}
