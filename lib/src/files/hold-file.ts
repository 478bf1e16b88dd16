import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { makeFolder } from './make-folder';
import { writeError } from './write-error';

/** A file that one process has for itself. */
export interface HeldFile {
  /** Throws an Error when the hold was lost: the process stood still for so long that another one took the file. */
  check(): void;
  /** Lets others have it. */
  release(): Promise<void>;
}

/** A process that has not renewed its hold for this long was killed, ms. */
const STALE_AFTER = 5000;

/** So a new one waits a little longer than that for the hold of a killed one: 7 s. */
const RETRIES = { retries: 14, factor: 1, minTimeout: 500, maxTimeout: 500 };

/**
 * Keeps other processes from a file for as long as this one works with it. What holds is a folder `FILE.run.lock` beside
 * it, apart from the lock that orders single writes; makes the folder that the file lies in where it is missing.
 *
 * @param remedy what to do when another process has the file, for the message
 * @throws Error when another process has it, or the folder cannot be written
 */
export async function holdFile(file: string, remedy: string): Promise<HeldFile> {
  let lost = false;
  const onCompromised = (): void => void (lost = true);
  try {
    makeFolder(dirname(file));
    const options = { realpath: false, stale: STALE_AFTER, retries: RETRIES, onCompromised };
    const release = await lock(`${file}.run`, options);
    return {
      check() {
        if (!lost) return;
        throw new Error(`${file}: another process took it over while this one stood still; start again`);
      },
      release: () => (lost ? Promise.resolve() : release()),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw writeError(error, file);
    throw new Error(
      `${file}: another process is writing into this file; ${remedy}. If none is running, delete ${file}.run.lock`,
      { cause: error },
    );
  }
}
