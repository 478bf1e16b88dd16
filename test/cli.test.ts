import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand } from '../lib/src/cli/command';
import { describePool, duration, secondsLeft } from '../lib/src/cli/pool-progress';
import { textTable } from '../lib/src/cli/text-table';
import { reproduceCommand } from '../lib/src/cli/reproduce';
import { plannedRuns, seedsFrom } from '../lib/src/experiments/run';
import type { Stack } from '../lib/src/experiments/stack-plan';

const REPRODUCE = resolve(__dirname, '../lib/dist/cli/reproduce.js');

const reproduce = (...args: string[]) => spawnSync(process.execPath, [REPRODUCE, ...args], { encoding: 'utf8' });

function stacksOf(count: number): Stack[] {
  const runs = plannedRuns({
    space: 'nas-bench-201',
    dataset: 'cifar100',
    label: 'mean',
    preset: 'official',
    codes: 'flops',
    methods: ['predictor'],
    budgets: [10],
    seeds: seedsFrom(1, count),
  });
  return runs.map((run) => ({ runs: [run], training: 3, ranking: 1 }));
}

describe('wrong use of reproduce', () => {
  const cases: [string[], RegExp][] = [
    [[], /missing required argument 'figure'/],
    [['fig8'], /'fig8' is invalid.*fig5, fig6, fig7/],
    [['fig6', '--repeat', '3'], /unknown option '--repeat'/],
    [['fig6', '--budgets', '30,5'], /'30,5' is invalid.*at least 10/],
    [['fig6', '--budgets', '30,30'], /comes twice/],
    [['fig6', '--budgets', '30,2000'], /--budgets 2000 is more than a tenth of the 15625 cells/],
    [['fig6', '--methods', 'siams,random'], /"random" is none of predictor, siams/],
    [['fig6', '--data', 'mnist'], /"mnist" is none of cifar10, cifar100, imagenet16/],
    [['fig6', '--label', 'best'], /"best" is none of mean, one-trial, validation/],
    [['fig6', '--repeats', '1e3'], /'1e3' is invalid/],
    [['fig6', '--accuracies', '/nowhere/mine.csv'], /'\/nowhere\/mine\.csv' is invalid\. It is not there/],
    [['fig6', '--label-seed', '5'], /--label-seed has a meaning with --archive only/],
    [['fig6', '--space', 'nas-bench-101'], /no benchmark is called "nas-bench-101"; there are nas-bench-201, /],
    [['fig6', '--benchmark', '/nowhere/mine.js'], /\/nowhere\/mine\.js is no module of a benchmark or of methods/],
    [
      ['fig5', '--label', 'validation', '--data', 'cifar100'],
      /"validation" is there for cifar10 only, not for cifar100/,
    ],
    [['fig6', '--archive', '/nowhere'], /trials\.csv: is missing; make it .* npm run import/],
    [['fig6', '--space', 'tiny-nano-bench', '--archive', '/nowhere'], /there is no archive of Tiny-NanoBench/],
    [['fig6', '--methods', 'predictor', '--codes', 'flops'], /--codes flops has no effect/],
    [['fig6', '--codes', 'flop'], /unknown code source "flop"/],
    [['fig6', '--runs', '/proc/runs'], /--runs \/proc\/runs is no folder and cannot be made: (ENOENT|EACCES)/],
    [['fig6', '--runs', '/dev/null/runs'], /cannot be made: ENOTDIR/],
  ];
  for (const [args, message] of cases)
    it(`is answered in one line and exit code 2: ${args.join(' ') || '(nothing)'}`, async () => {
      const lines: string[] = [];
      const { error } = console;
      console.error = (line: string) => lines.push(line);
      try {
        await runCommand(reproduceCommand(), args);
        assert.equal(process.exitCode, 2, lines.join('\n'));
      } finally {
        console.error = error;
        process.exitCode = 0;
      }
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0]!, message);
      assert.doesNotMatch(lines[0]!, /\n/);
    });
});

describe('reproduce', function () {
  this.timeout(240_000); // real trainings, on machines that may be busy
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'reproduce-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const args = [
    'fig6',
    '--methods',
    'predictor',
    '--budgets',
    '10',
    '--repeats',
    '2',
    '--workers',
    '1',
    '--stack',
    '1',
  ];
  const file = (): string => join(folder, 'nas-bench-201_cifar100_mean_official_none.jsonl');
  const text = (): string => (existsSync(file()) ? readFileSync(file(), 'utf8') : '');
  const lines = (): number => text().split('\n').length - 1;

  it('helps, and ends with 2 for wrong use', () => {
    const { status, stdout } = reproduce('--help');
    assert.equal(status, 0);
    assert.match(stdout, /--label <policy>/);
    assert.equal(reproduce('fig6', '--repeat', '3').status, 2);
  });

  it('loses the stack in work, and nothing else, when all its processes are killed; then goes on', async () => {
    const victim = spawn(process.execPath, [REPRODUCE, ...args, '--runs', folder], { detached: true });
    while (lines() === 0) await new Promise((done) => setTimeout(done, 20));
    process.kill(-victim.pid!, 'SIGKILL'); // parent and worker at once
    await once(victim, 'close');
    assert.equal(lines(), 1);
    const kept = text();
    appendFileSync(file(), '{"space":"nas-be'); // as if the worker had been writing

    const second = reproduce(...args, '--runs', folder);
    assert.equal(second.status, 0, second.stderr);
    assert.match(second.stderr, /cut off a line that an earlier stop left unfinished/);
    assert.match(second.stderr, /1 of 2 runs are in .*; making 1 in 1 stacks/);
    assert.match(second.stdout, /on CIFAR-100\. Label and score: mean of trials\b.* 73\.51 %/);
    assert.match(
      second.stdout,
      /predictor +10 +30 +40 +– +\d\d\.\d\d +\d\d\.\d\d to \d\d\.\d\d +± \d\.\d\d +\d\d\.\d\d +2 +70\.95/,
    );
    assert.equal(lines(), 2);
    assert.ok(text().startsWith(kept));

    const third = reproduce(...args, '--runs', folder);
    assert.equal(third.status, 0);
    assert.match(third.stderr, /All 2 runs are in .* already/);
    assert.equal(third.stdout, second.stdout);
  });

  it('has one line for a method without a final ranking, which no K changes', () => {
    const { stdout, stderr } = reproduce(
      ...['fig6', '--methods', 'local-search', '--budgets', '30', '--repeats', '1', '--runs', folder],
    );
    const [a, b] = stdout.split('Fig. 6b:').map((part) => part.match(/^local-search .*$/gm) ?? []);
    assert.equal(a?.length, 1, stdout + stderr);
    assert.deepEqual(a, b);
  });

  it('says what is kept when Ctrl-C stops it, and ends with 130', async () => {
    const child = spawn(process.execPath, [REPRODUCE, ...args, '--runs', folder]);
    let messages = '';
    child.stderr.on('data', (part: Buffer) => (messages += part.toString()));
    const closed = once(child, 'close');
    while (!messages.includes('\n')) await new Promise((done) => setTimeout(done, 20));
    child.kill('SIGINT');
    assert.deepEqual(await closed, [130, null]);
    assert.match(messages, /0 of 2 runs are in .*; making 2 in 2 stacks, 1 process/);
    assert.match(messages, /Stopped\. 0 runs of this call are kept in .* the same command goes on/);
  });
});

describe('time left', () => {
  const [a, b, c] = stacksOf(3) as [Stack, Stack, Stack];
  const start = 1_000_000;

  it('is unknown at first, then follows from the measured speed', () => {
    assert.equal(secondsLeft({ done: [], active: [], waiting: [a], busy: 0 }), undefined);
    // One stack took 8 s; another is half done 4 s after its start; a third waits: 4 s + 8 s on one worker.
    const active = [{ task: b, share: 0.5, since: start, reported: start + 4000 }];
    assert.equal(secondsLeft({ done: [a], active, waiting: [c], busy: 8 }, start + 4000), 12);
    // While it ranks it reports nothing, and the time goes on.
    assert.equal(secondsLeft({ done: [a], active, waiting: [c], busy: 8 }, start + 6000), 10);
  });

  it('counts that the last stack keeps only one worker busy', () => {
    const active = [b, c].map((task) => ({ task, share: 0.5, since: start, reported: start + 4000 }));
    assert.equal(secondsLeft({ done: [], active, waiting: [a], busy: 0 }, start + 4000), 12);
  });
});

describe('text', () => {
  it('says in a line how far a pool is', () => {
    const [a, b, c] = stacksOf(3) as [Stack, Stack, Stack];
    const active = [{ task: b, share: 0.5, since: Date.now() - 4000, reported: Date.now() }];
    assert.match(
      describePool({ done: [a], active, waiting: [c], busy: 8 }),
      /^50 % · 1\/3 runs · about 12 s left · predictor N=10$/,
    );
    assert.equal(
      describePool({ done: [], active: [], waiting: [a, b], busy: 0 }),
      '0 % · 0/2 runs · estimating the time left',
    );
  });

  it('shows durations', () => {
    assert.deepEqual([4.4, 200, 7500].map(duration), ['4 s', '3 min 20 s', '2 h 5 min']);
  });

  it('aligns columns', () => {
    assert.equal(textTable(['a', 'long'], [['xyz', '1']]), 'a    long\n───  ────\nxyz     1');
  });
});
