import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { TableOptions } from '../experiments/run-data';
import type { Stack } from '../experiments/stack-plan';
import { ONE_THREAD } from '../processes/one-thread';
import type { WorkerReport, WorkerTask } from './worker';

/** A stack in work. */
export interface ActiveStack {
  stack: Stack;
  /** Share of it that is done, 0 … 1. */
  share: number;
  /** When it began, and when it last reported, ms since the epoch; while it ranks the space it reports nothing. */
  since: number;
  reported: number;
}

/** Where a pool stands. */
export interface PoolState {
  done: readonly Stack[];
  active: readonly ActiveStack[];
  waiting: readonly Stack[];
  /** Seconds that workers have spent on what is done. */
  busy: number;
}

/** Options of `runInWorkers`. */
export interface PoolOptions {
  workers: number;
  /** Folder of the records. */
  folder: string;
  /** What stands in the place of the benchmarks' tables, and a module of a user's own, for the workers. */
  tables?: TableOptions;
  extension?: string;
  /** Called whenever something has changed. */
  onChange?: (state: PoolState) => void;
  /** Stops the pool at once; stacks in work are lost. */
  signal?: AbortSignal;
  /** The worker's module; another one is for tests. */
  module?: string;
}

/**
 * Computes stacks in worker processes, in the order given; each worker keeps the records of a stack when it is finished.
 *
 * @returns true when all stacks are done, false when the signal stopped it
 * @throws Error when a worker fails or dies; the other workers are stopped first
 */
export function runInWorkers(stacks: readonly Stack[], options: PoolOptions): Promise<boolean> {
  const { folder, tables, extension, onChange, signal, module = path.join(__dirname, 'worker.js') } = options;
  const waiting = [...stacks];
  const done: Stack[] = [];
  const active = new Map<ChildProcess, ActiveStack>();
  const children = new Set<ChildProcess>();
  let busy = 0;
  const changed = (): void => onChange?.({ done, active: [...active.values()], waiting, busy });

  return new Promise((resolve, reject) => {
    let settled = false;
    const finish = (settle: () => void): void => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener('abort', stop);
      for (const child of children) child.kill('SIGKILL');
      settle();
    };
    const stop = (): void => finish(() => resolve(false));

    const next = (child: ChildProcess): void => {
      const stack = waiting.shift();
      if (stack) {
        const since = Date.now();
        active.set(child, { stack, share: 0, since, reported: since });
        const trainingShare = stack.training / (stack.training + stack.ranking);
        child.send({ runs: stack.runs, folder, tables, extension, trainingShare } satisfies WorkerTask);
      } else {
        children.delete(child);
        child.disconnect();
      }
      changed();
      if (done.length === stacks.length) finish(() => resolve(true));
    };

    const start = (): void => {
      const child = fork(module, [], { env: { ...process.env, ...ONE_THREAD } });
      children.add(child);
      child.on('message', (report: WorkerReport) => {
        const entry = active.get(child);
        if (settled || !entry) return;
        if (report.kind === 'progress') {
          entry.share = report.share;
          entry.reported = Date.now();
          changed();
        } else if (report.kind === 'done') {
          active.delete(child);
          done.push(entry.stack);
          busy += (Date.now() - entry.since) / 1000;
          next(child);
        } else finish(() => reject(new Error(report.message)));
      });
      child.on('error', (error) =>
        finish(() => reject(new Error(`a worker process does not start: ${error.message}`))),
      );
      child.on('exit', (code, killer) => {
        if (!children.delete(child)) return;
        const how = killer ? `by ${killer} (a lack of memory does this)` : `with exit code ${code}`;
        finish(() => reject(new Error(`a worker process has ended ${how} in the middle of its work`)));
      });
      next(child);
    };

    if (stacks.length === 0) return resolve(true);
    if (signal?.aborted) return resolve(false);
    signal?.addEventListener('abort', stop);
    for (let i = Math.min(options.workers, stacks.length); i > 0; i--) start();
  });
}
