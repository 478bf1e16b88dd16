import { tornNote } from '../files/line-file';
import type { Run } from '../experiments/run';
import { RunStore } from '../experiments/run-store';
import { planStacks } from '../experiments/stack-plan';
import { computeStacks } from './compute-stacks';
import { countRuns } from './pool-progress';
import { shortPath } from './short-path';
import { stackProgress } from './stack-progress';
import { stopSignal } from './stop-signal';

/** Options of `computeRuns`. */
export interface ComputeOptions {
  store: RunStore;
  /** A module of a user's own that the processes have to load, absolute. */
  extension?: string;
  /** Processes. */
  workers: number;
  /** Repeats of a stack; the plan's own size when left out. */
  stackSize?: number;
}

/**
 * Makes the runs that are not in the store yet, in worker processes, with progress on stderr. Ctrl-C stops it: it says
 * what is kept and how to go on, and ends the program with exit code 130 (143 for SIGTERM).
 *
 * @throws Error when a worker fails or dies; what was finished is kept
 */
export async function computeRuns(
  wanted: readonly Run[],
  { store, extension, workers, stackSize }: ComputeOptions,
): Promise<void> {
  const folder = shortPath(store.folder);
  const { missing, passedOver } = store.lookUp(wanted);
  for (const [reason, count] of Object.entries(passedOver))
    console.error(`${count} records in ${folder} are passed over: they were made with ${reason}.`);
  const there = wanted.length - missing.length;
  if (missing.length === 0) {
    console.error(`All ${wanted.length} runs are in ${folder} already.`);
    return;
  }
  for (const file of await store.repair(missing)) console.error(tornNote(shortPath(file), shortPath(`${file}.torn`)));
  const stacks = planStacks(missing, workers, stackSize);
  const stop = stopSignal();
  const processes = Math.min(workers, stacks.length);
  console.error(
    `${there} of ${wanted.length} runs are in ${folder}; making ${missing.length} in ${stacks.length} stacks, ` +
      `${processes} ${processes === 1 ? 'process' : 'processes'}. Ctrl-C stops; the same command goes on.`,
  );
  const progress = stackProgress(process.stderr);
  let finished = 0;
  try {
    const complete = await computeStacks(stacks, {
      workers,
      folder: store.folder,
      tables: store.tables,
      extension,
      signal: stop.signal,
      onChange(state) {
        finished = countRuns(state.done);
        progress.update(state);
      },
    });
    progress.end();
    if (!complete) {
      console.error(`Stopped. ${kept(finished, folder)}; the same command goes on from there.`);
      process.exit(stop.exitCode());
    }
  } catch (error) {
    progress.end();
    throw new Error(`${(error as Error).message}\n${kept(finished, folder)}; the same command goes on from there.`, {
      cause: error,
    });
  } finally {
    stop.end();
  }
}

function kept(runs: number, folder: string): string {
  return `${runs} ${runs === 1 ? 'run' : 'runs'} of this call ${runs === 1 ? 'is' : 'are'} kept in ${folder}`;
}
