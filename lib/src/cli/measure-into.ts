import type { MeasuringOutcome, MeasuringProgress } from '../processes/measuring-progress';
import { say } from './command';
import { measuringProgress } from './measuring-progress';
import { shortPath } from './short-path';
import { stopSignal } from './stop-signal';

/** What a measurement tells and obeys while it runs. */
export interface Watched {
  report: (progress: MeasuringProgress) => void;
  note: (sentence: string) => void;
  signal: AbortSignal;
}

/**
 * Measures cells into a file, with progress on stderr, and says whose training diverged, which have no result; Ctrl-C and
 * `kill` stop it, keep what is finished, and set the exit code.
 *
 * @param cells how a message names cells whose training diverged, by position
 * @returns whether all is done
 */
export async function measureInto(
  file: string,
  measure: (watched: Watched) => Promise<MeasuringOutcome>,
  idOf: (position: number) => number,
): Promise<boolean> {
  const progress = measuringProgress(file);
  const stop = stopSignal();
  const { complete, diverged } = await measure({ report: progress.report, note: say, signal: stop.signal }).finally(
    () => {
      progress.end();
      stop.end();
    },
  );
  if (diverged.length > 0) {
    const ids = diverged.map(idOf).join(', ');
    say(`The training of ${diverged.length} cells diverged, so they have no result: ids ${ids}.`);
  }
  if (!complete) {
    say(`Stopped. What is finished is kept in ${shortPath(file)}; the same command goes on from there.`);
    process.exitCode = stop.exitCode();
  }
  return complete;
}
