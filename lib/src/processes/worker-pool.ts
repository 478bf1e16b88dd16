/**
 * One pool of worker processes for everything that is computed in many independent parts: a worker is a module that
 * calls `serve` (worker.ts), gets a set-up once and then a task at a time, and answers each with a result.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { ONE_THREAD } from './one-thread';

/** What a worker is sent. */
export type ToWorker<Setup, Message> = { kind: 'setup'; setup: Setup } | { kind: 'task'; message: Message };

/** What a worker sends. */
export type FromWorker<Result> =
  { kind: 'progress'; share: number } | { kind: 'result'; result: Result } | { kind: 'failed'; message: string };

/** A task in work. */
export interface ActiveTask<Task> {
  task: Task;
  /** Share of it that is done, 0 … 1; stays 0 where the worker reports none. */
  share: number;
  /** When it began, and when its worker last reported, ms since the epoch. */
  since: number;
  reported: number;
}

/** Where a pool stands. */
export interface PoolState<Task> {
  done: readonly Task[];
  active: readonly ActiveTask<Task>[];
  waiting: readonly Task[];
  /** Seconds that workers have spent on what is done. */
  busy: number;
}

/** What `runTasks` does. */
export interface PoolOptions<Setup, Task, Message, Result> {
  /** The worker's module, absolute. */
  module: string;
  /** Sent to each worker before its first task. */
  setup: Setup;
  /** Given out in this order. */
  tasks: readonly Task[];
  /** What a worker is told of a task, made when it gets it. */
  messageOf: (task: Task) => Message;
  /** Processes of one thread each. */
  workers: number;
  /** Called with each result, in the order in which they come; the worker waits for it before it gets the next task. */
  keep?: (result: Result, task: Task) => void | Promise<void>;
  /** Called whenever something has changed. */
  onChange?: (state: PoolState<Task>) => void;
  /** Stops the pool at once; tasks in work are lost. */
  signal?: AbortSignal;
}

/**
 * Runs tasks in worker processes.
 *
 * @returns true when all are done, false when the signal stopped it
 * @throws Error when a worker fails or dies, or a result cannot be kept; the other workers are stopped first
 */
export function runTasks<Setup, Task, Message, Result>(
  options: PoolOptions<Setup, Task, Message, Result>,
): Promise<boolean> {
  const { module, setup, tasks, messageOf, keep, onChange, signal } = options;
  const waiting = [...tasks];
  const done: Task[] = [];
  const active = new Map<ChildProcess, ActiveTask<Task>>();
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
    const fail = (message: string, cause?: unknown): void => finish(() => reject(new Error(message, { cause })));

    const next = (child: ChildProcess): void => {
      const task = waiting.shift();
      if (task === undefined) {
        children.delete(child);
        child.disconnect();
      } else {
        const since = Date.now();
        active.set(child, { task, share: 0, since, reported: since });
        try {
          child.send({ kind: 'task', message: messageOf(task) } satisfies ToWorker<Setup, Message>);
        } catch (error) {
          return fail((error as Error).message, error); // else the children would wait for ever
        }
      }
      changed();
      if (done.length === tasks.length) finish(() => resolve(true));
    };

    const finished = async (child: ChildProcess, entry: ActiveTask<Task>, result: Result): Promise<void> => {
      await keep?.(result, entry.task);
      if (settled) return;
      active.delete(child);
      done.push(entry.task);
      busy += (Date.now() - entry.since) / 1000;
      next(child);
    };

    const start = (): void => {
      const child = fork(module, [String(process.pid)], {
        serialization: 'advanced',
        env: { ...process.env, ...ONE_THREAD },
      });
      children.add(child);
      child.on('message', (message: FromWorker<Result>) => {
        const entry = active.get(child);
        if (settled || !entry) return;
        if (message.kind === 'progress') {
          entry.share = message.share;
          entry.reported = Date.now();
          changed();
        } else if (message.kind === 'result') {
          finished(child, entry, message.result).catch((error: Error) => finish(() => reject(error)));
        } else fail(message.message);
      });
      child.on('error', (error) => fail(`a worker process does not start: ${error.message}`, error));
      child.on('exit', (code, killer) => {
        if (!children.delete(child)) return;
        const how = killer ? `by ${killer} (a lack of memory does this)` : `with exit code ${code}`;
        fail(`a worker process has ended ${how} in the middle of its work`);
      });
      child.send({ kind: 'setup', setup } satisfies ToWorker<Setup, Message>);
      next(child);
    };

    if (tasks.length === 0) return resolve(true);
    if (signal?.aborted) return resolve(false);
    signal?.addEventListener('abort', stop);
    for (let i = Math.min(options.workers, tasks.length); i > 0 && !settled; i--) start();
  });
}
