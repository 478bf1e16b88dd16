import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runTasks, type PoolOptions, type PoolState } from '../lib/src/processes/worker-pool';
import { type PoolTask } from './pool-worker';

type Options = PoolOptions<{ offset: number; broken?: true }, PoolTask, PoolTask, number>;

const run = (tasks: PoolTask[], options: Partial<Options> = {}): Promise<boolean> =>
  runTasks({
    module: require.resolve('./pool-worker'),
    setup: { offset: 0 },
    tasks,
    messageOf: (task) => task,
    workers: 2,
    ...options,
  });

const squares = (...numbers: number[]): PoolTask[] => numbers.map((of) => ({ does: 'square', of }));

const readLines = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that has ended but that nobody has waited for is none.
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}

describe('worker pool', function () {
  this.timeout(60_000); // processes start slowly on a busy machine
  let folder: string;
  let pids: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pool-'));
    pids = path.join(folder, 'pids');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The processes that have begun to block, when there are so many. */
  async function blocked(count: number): Promise<number[]> {
    for (let i = 0; i < 1000; i++) {
      const found = existsSync(pids) ? readLines(pids).map(Number) : [];
      if (found.length === count) return found;
      await sleep(20);
    }
    throw new Error('no worker has begun');
  }

  /** Milliseconds until all of these have ended; at most 5,000. */
  async function ended(processes: readonly number[]): Promise<number> {
    const began = Date.now();
    while (processes.some(isAlive) && Date.now() - began < 5000) await sleep(20);
    return Date.now() - began;
  }

  it('ends when a task’s message cannot be made', async () => {
    const messageOf = (): PoolTask => {
      throw new Error('no network of that cell');
    };
    await assert.rejects(run(squares(1, 2, 3), { messageOf }), /^Error: no network of that cell$/);
  });

  it('gives every task to one worker and its result to the one who asked', async () => {
    const results = new Map<PoolTask, number>();
    const states: PoolState<PoolTask>[] = [];
    const complete = await run(squares(1, 2, 3, 4, 5), {
      setup: { offset: 10 },
      keep: (result, task) => void results.set(task, result),
      onChange: (state) => states.push({ ...state, done: [...state.done], waiting: [...state.waiting] }),
    });
    assert.equal(complete, true);
    assert.deepEqual([...results].map(([task, result]) => [task.does === 'square' && task.of, result]).sort(), [
      [1, 11],
      [2, 14],
      [3, 19],
      [4, 26],
      [5, 35],
    ]);
    assert.ok(states.every(({ done, active, waiting }) => done.length + active.length + waiting.length <= 5));
    assert.ok(states.every(({ active }) => active.length <= 2));
    assert.ok(
      states.some(({ active }) => active.some(({ share }) => share === 0.5)),
      'no progress was told',
    );
    assert.deepEqual([states.at(-1)!.done.length, states.at(-1)!.waiting.length], [5, 0]);
    assert.equal(await run([]), true);
    await run([{ does: 'count threads' }], { keep: (threads) => assert.equal(threads, 1) });
  });

  it('waits for a result to be kept before it gives out the next task', async () => {
    let keeping = 0;
    const keep = async (): Promise<void> => {
      keeping++;
      assert.equal(keeping, 1);
      await sleep(50);
      keeping--;
    };
    await run(squares(1, 2, 3), { workers: 1, keep });
    await assert.rejects(
      run(squares(1, 2), { keep: () => Promise.reject(new Error('the disk is full')) }),
      /^Error: the disk is full$/,
    );
  });

  it('says how a worker died, and stops the others', async () => {
    await assert.rejects(
      run([
        { does: 'block', file: pids },
        { does: 'die', of: 'SIGKILL' },
      ]),
      /a worker process has ended by SIGKILL \(a lack of memory does this\) in the middle of its work/,
    );
    if (existsSync(pids)) assert.ok((await ended(readLines(pids).map(Number))) < 2000);
    await assert.rejects(run([{ does: 'die', of: 7 }]), /a worker process has ended with exit code 7/);
  });

  it('passes on what a task or the set-up says has failed', async () => {
    await assert.rejects(run([{ does: 'throw', message: 'not this one' }]), /^Error: not this one$/);
    await assert.rejects(run(squares(1), { setup: { offset: 0, broken: true } }), /^Error: no images$/);
  });

  it('stops at once when it is told to, also inside a call that blocks', async () => {
    const control = new AbortController();
    const pool = run([{ does: 'block', file: pids }], { signal: control.signal });
    const processes = await blocked(1);
    control.abort();
    assert.equal(await pool, false);
    assert.ok((await ended(processes)) < 2000);
    assert.equal(await run(squares(1), { signal: control.signal }), false);
  });

  for (const signal of ['SIGKILL', 'SIGHUP', 'SIGQUIT', 'SIGTERM', 'SIGINT'] as const) {
    it(`leaves no worker behind when its parent gets ${signal}, and what was finished is kept`, async () => {
      const results = path.join(folder, 'results');
      const program = path.join(__dirname, 'pool-program.ts');
      const parent: ChildProcess = spawn(process.execPath, ['--import', 'tsx', program, results, pids]);
      const exit = once(parent, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
      const workers = await blocked(2);
      parent.kill(signal);
      assert.ok((await ended([parent.pid!, ...workers])) < 2000, `${signal}: a process is still there after 2 s`);
      const [code, killer] = await exit;
      const expected = { SIGTERM: 143, SIGINT: 130 } as Partial<Record<typeof signal, number>>;
      assert.deepEqual([code, killer], signal in expected ? [expected[signal], null] : [null, signal]);
      assert.deepEqual(readLines(results).sort(), ['4', '9']);
    });
  }
});
