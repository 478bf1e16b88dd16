/**
 * One process of a computation: gets stacks of runs from its parent, computes them with one thread, and keeps the
 * records itself, so that a finished stack is kept even when the parent has died meanwhile.
 */
import type { Run } from '../experiments/run';
import { loadExtension } from '../experiments/load-extension';
import { loadRunData, type RunData, type TableOptions } from '../experiments/run-data';
import { runStack } from '../experiments/run-stack';
import { RunStore } from '../experiments/run-store';
import { useBackend } from '../tensors/backend';

/** What a worker is asked to do. */
export interface WorkerTask {
  runs: readonly Run[];
  /** Folder of the records. */
  folder: string;
  /** What stands in the place of the benchmarks' tables. */
  tables?: TableOptions;
  /** A module of a user's own, absolute. */
  extension?: string;
  /** Share of the work that the training is, the final ranking being the rest. */
  trainingShare: number;
}

/** What a worker reports. */
export type WorkerReport =
  /** Share of the task that is done. */
  | { kind: 'progress'; share: number }
  /** The records are on disk. */
  | { kind: 'done' }
  | { kind: 'failed'; message: string };

const REPORT_EVERY = 200; // ms

let loaded: { key: string; data: RunData } | undefined;

function dataFor(run: Run, tables?: TableOptions): RunData {
  const key = JSON.stringify([run.space, run.dataset, run.label, run.codes, tables]);
  if (loaded?.key !== key) loaded = { key, data: loadRunData(run, tables) };
  return loaded.data;
}

function report(message: WorkerReport): void {
  if (process.connected) process.send!(message);
}

async function work({ runs, folder, tables, extension, trainingShare }: WorkerTask): Promise<void> {
  if (extension !== undefined) await loadExtension(extension);
  await useBackend();
  let reported = 0;
  const records = runStack(runs, dataFor(runs[0]!, tables), {
    threads: Number(process.env['TF_NUM_INTRAOP_THREADS'] ?? 0),
    progress(done, total) {
      const now = Date.now();
      if (now - reported < REPORT_EVERY) return;
      reported = now;
      report({ kind: 'progress', share: (trainingShare * done) / total });
    },
  });
  await new RunStore(folder).append(records);
  report({ kind: 'done' });
}

// Ctrl-C reaches the whole group of processes; the parent decides what becomes of this one.
process.on('SIGINT', () => undefined);
process.on('message', (task: WorkerTask) => {
  work(task).catch((error: Error) => report({ kind: 'failed', message: error.message }));
});
