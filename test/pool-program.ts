/** A command for tests: squares of 2 and 3, kept in a file as they come, then two tasks that never end. */
import { appendFileSync } from 'node:fs';
import { stopSignal } from '../lib/src/cli/stop-signal';
import { runTasks } from '../lib/src/processes/worker-pool';
import { type PoolTask } from './pool-worker';

async function main(results: string, pids: string): Promise<void> {
  const stop = stopSignal();
  const complete = await runTasks<{ offset: number }, PoolTask, PoolTask, number>({
    module: require.resolve('./pool-worker'),
    setup: { offset: 0 },
    tasks: [
      ...[2, 3].map((of) => ({ does: 'square', of }) as const),
      ...[1, 2].map(() => ({ does: 'block', file: pids }) as const),
    ],
    messageOf: (task) => task,
    workers: 2,
    signal: stop.signal,
    keep: (result) => appendFileSync(results, `${result}\n`),
  });
  process.exitCode = complete ? 0 : stop.exitCode();
}

void main(process.argv[2]!, process.argv[3]!);
