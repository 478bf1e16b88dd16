/** A worker for tests: does to itself what the task says. */
import { appendFileSync } from 'node:fs';
import { serve } from '../lib/src/processes/worker';

/** What the tests' worker is asked to do. */
export type PoolTask =
  | { does: 'square'; of: number }
  | { does: 'count threads' }
  | { does: 'throw'; message: string }
  | { does: 'die'; of: NodeJS.Signals | number }
  /** Blocks its only thread, as a long native call does; its process id goes into a file first. */
  | { does: 'block'; file: string };

serve<{ offset: number; broken?: true }, PoolTask, number>(({ offset, broken }) => {
  if (broken) throw new Error('no images');
  return (task, progress) => {
    switch (task.does) {
      case 'square':
        progress(0.5);
        return task.of ** 2 + offset;
      case 'count threads':
        return Number(process.env['TF_NUM_INTRAOP_THREADS']);
      case 'throw':
        throw new Error(task.message);
      case 'die':
        if (typeof task.of === 'number') process.exit(task.of);
        process.kill(process.pid, task.of);
        return new Promise(() => undefined);
      case 'block':
        appendFileSync(task.file, `${process.pid}\n`);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
        return 0;
    }
  };
});
