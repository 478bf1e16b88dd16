import { lock } from 'proper-lockfile';
import path from 'node:path';
import { makeFolder } from './make-folder';

/** A run that has not renewed its lock for this long was killed, ms. */
const STALE_AFTER = 5000;
/** So a new run waits a little longer than that for the lock of a killed one: 7 s. */
const LOCK_RETRIES = { retries: 14, factor: 1, minTimeout: 500, maxTimeout: 500 };

/**
 * Keeps a file for one run, beside the lock that orders single writes; makes its folder where it is missing.
 *
 * @returns what lets others have it
 * @throws Error when another run has it
 */
export async function holdAlone(file: string): Promise<() => Promise<void>> {
  makeFolder(path.dirname(file));
  try {
    return await lock(`${file}.run`, { realpath: false, stale: STALE_AFTER, retries: LOCK_RETRIES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    throw new Error(
      `${file}: another run is measuring into this file; wait for it, or share the cells out with --shard. ` +
        `If none is running, delete ${file}.run.lock`,
    );
  }
}
