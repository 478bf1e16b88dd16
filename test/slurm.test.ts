import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isForSlurm, runOnSlurm, type ShardedWork } from '../lib/src/cli/slurm';
import { parseRecord } from '../lib/src/experiments/run-record';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { codeStore } from '../lib/src/priors/code-store';
import { PILOT_RECIPES } from '../lib/src/priors/truth-recipes';
import { slurmScript, unfinishedTasks } from '../lib/src/processes/slurm';
import { startSlurm, whyNoSlurm } from './slurm-cluster';
import { measureTiny } from './tiny-codes';

const RECIPE = PILOT_RECIPES[0]!.name;
const CODES = path.resolve(__dirname, '../lib/dist/cli/codes.js');
const TRUTH = path.resolve(__dirname, '../lib/dist/cli/truth.js');
const ZERO_COST = path.resolve(__dirname, '../lib/dist/cli/zero-cost.js');
const REPRODUCE = path.resolve(__dirname, '../lib/dist/cli/reproduce.js');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slurm-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What was printed while something was done. */
async function printed(act: () => Promise<void>): Promise<string> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(line);
  try {
    await act();
  } finally {
    console.log = log;
  }
  return lines.join('\n');
}

describe('the script of a Slurm array', () => {
  const array = {
    name: 'codes',
    tasks: [1, 2, 3, 7, 9, 10],
    time: '1:00:00',
    options: ['--partition=gpu', "--account='my own'"],
    workingFolder: '/',
    logFolder: '/logs of mine',
    command: ['printf', '%s\\n'],
    about: ['What it does.'],
  };

  it('has what sbatch is to know', () => {
    const lines = slurmScript(array).split('\n');
    assert.deepEqual(lines.slice(0, 9), [
      '#!/bin/bash',
      '# What it does.',
      '#SBATCH --job-name=codes',
      '#SBATCH --array=1-3,7,9-10',
      '#SBATCH --time=1:00:00',
      '#SBATCH --output="/logs of mine/task-%a.log"',
      '#SBATCH --open-mode=append',
      '#SBATCH --partition=gpu',
      "#SBATCH --account='my own'",
    ]);
  });

  it("gives the command its words as they are, with Slurm's variables replaced", () => {
    const words = [
      'plain',
      'two words',
      "it's",
      'a$HOME"`\\',
      '',
      '$SLURM_ARRAY_TASK_ID/4',
      'x "$HOME`\\ $SLURM_ARRAY_TASK_ID.csv',
    ];
    const script = path.join(folder, 'job.sh');
    writeFileSync(script, slurmScript({ ...array, command: [...array.command, ...words] }));
    const { stdout } = spawnSync('bash', [script], {
      encoding: 'utf8',
      env: { ...process.env, SLURM_ARRAY_TASK_ID: '3' },
    });
    const expected = words.map((word) => word.replace('$SLURM_ARRAY_TASK_ID', '3'));
    assert.deepEqual(stdout.split('\n').slice(0, -1), expected);
  });
});

describe('--slurm', () => {
  it('says which options need it, and which it does not go with', () => {
    assert.throws(() => isForSlurm({ wait: true }), /--wait has a meaning with --slurm only/);
    assert.throws(() => isForSlurm({ time: '1:00' }), /--time has/);
    assert.throws(() => isForSlurm({ slurm: true, shard: { part: 1, parts: 2 } }), /leave --shard out/);
    assert.deepEqual([isForSlurm({}), isForSlurm({ slurm: true, dryRun: true })], [false, true]);
  });

  const file = (): string => path.join(folder, 'mine.csv');

  it('prints the script of a dry run and does nothing', () => {
    const options = [
      '--cells',
      'sample:40',
      '--file',
      file(),
      '--slurm',
      '--tasks',
      '4',
      '--dry-run',
      '--sbatch',
      '-p big',
    ];
    const { stdout, status } = spawnSync(process.execPath, [CODES, ...options], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /^#SBATCH --array=1-4$/m);
    assert.match(stdout, /^#SBATCH --time=4:00:00$/m);
    assert.match(stdout, /^#SBATCH -p big$/m);
    const task = /^exec .*codes\.js (.*)$/m.exec(stdout)![1]!;
    const shards = path.join(folder, 'mine.slurm', 'shard-$SLURM_ARRAY_TASK_ID-of-4.csv');
    assert.equal(
      task,
      '--recipe reduced --seed 0 --cells sample:40 --shard "$SLURM_ARRAY_TASK_ID/4" ' +
        `--file "${shards}" --workers "$SLURM_CPUS_ON_NODE" --except ${file()}`,
    );
    assert.ok(!existsSync(path.join(folder, 'mine.slurm')));
  });

  it('prints no script of a dry run where nothing is missing', () => {
    const { cells } = tinyNasBench201.space();
    const [id, architecture] = [tinyNasBench201.space().ids[0]!, cells[0]!];
    writeFileSync(
      file(),
      `id,architecture,loss1,loss2,loss3,seconds,seed,provenance\n${id},${architecture},2,2,2,1,0,unknown\n`,
    );
    const options = ['--space', 'tiny-nas-bench-201', '--cells', `ids:${id}`, '--file', file(), '--slurm', '--dry-run'];
    const { stdout, stderr, status } = spawnSync(process.execPath, [CODES, ...options], { encoding: 'utf8' });
    assert.deepEqual([status, stdout, stderr], [0, '', 'Nothing is missing of 1 cells: no job is needed.\n']);
  });

  it('gives a task of truth its shard, and what is there to leave out', () => {
    const cells = ['--space', 'tiny-nas-bench-201', '--recipe', RECIPE, '--cells', 'sample:9', '--file', file()];
    const args = [TRUTH, ...cells, '--slurm', '--tasks', '3', '--dry-run'];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /^# Shards of 9 cells for .*mine\.csv, one a task\.$/m);
    const shards = path.join(folder, 'mine.slurm', 'shard-$SLURM_ARRAY_TASK_ID-of-3.csv');
    assert.equal(
      /^exec .*truth\.js (.*)$/m.exec(stdout)![1]!,
      `--space tiny-nas-bench-201 --recipe ${RECIPE} --seed 0 --cells sample:9 --shard "$SLURM_ARRAY_TASK_ID/3" ` +
        `--file "${shards}" --workers "$SLURM_CPUS_ON_NODE" --except ${file()}`,
    );
  });

  it('says what to do where there is no Slurm', () => {
    const options = { encoding: 'utf8', env: { PATH: folder } } as const;
    const said = (program: string, ...args: string[]): string => {
      const { status, stderr } = spawnSync(process.execPath, [program, ...args, '--slurm'], options);
      assert.equal(status, 1);
      return stderr;
    };
    const nano = ['--space', 'tiny-nano-bench'];
    const codes = said(CODES, ...nano, '--recipe', 'official', '--file', file());
    assert.match(codes, /found no sbatch here.*codes -- --recipe official --seed 0 --space tiny-nano-bench --cells unique --shard i\/n/); // prettier-ignore
    assert.match(
      codes,
      /codes -- merge --recipe official --seed 0 --space tiny-nano-bench .*JOB_COMPLETION_INDEX \+ 1/,
    );
    const scores = said(ZERO_COST, 'networks', ...nano, '--file', file());
    assert.match(
      scores,
      /zero-cost -- networks --space tiny-nano-bench .*--shard i\/n.*-- networks merge --space tiny-n/,
    );
    const runs = said(REPRODUCE, 'fig5', '--runs', folder, '--codes', 'flops');
    assert.match(runs, /reproduce -- fig5 .*--shard i\/n.*reproduce -- fig5 .*--codes flops .*--merge FOLDERS/);
  });
});

describe('codes on a real Slurm', () => {
  const space = nasBench201.space();
  const CELLS = 100;
  const PARTS = 4;
  let end: (() => Promise<void>) | undefined;
  before(async function () {
    this.timeout(60_000);
    const reason = whyNoSlurm();
    if (reason === undefined) {
      try {
        end = await startSlurm();
        return;
      } catch (error) {
        console.log(`      ${(error as Error).message}`);
      }
    } else console.log(`      no Slurm here: ${reason}`);
    this.skip();
  });
  after(() => end?.());

  it('are, one task killed and submitted again, those made without', async function () {
    this.timeout(180_000);
    const reference = path.join(folder, 'reference.csv');
    const alone = path.join(folder, 'alone.csv');
    await measureTiny(alone, CELLS, { workers: 2 });
    await codeStore(3, space).merge([alone], reference);

    const output = path.join(folder, 'codes.csv');
    const shards = path.join(folder, 'codes.slurm');
    const shard = (part: number): string => path.join(shards, `shard-${part}-of-${PARTS}.csv`);
    const work: ShardedWork<number> = {
      name: 'codes',
      output,
      ending: '.csv',
      items: Array.from({ length: CELLS }, (_, id) => id),
      itemsName: 'cells',
      done: (file) => codeStore(3, space).read(file),
      program: [process.execPath, '--import', 'tsx', path.join(__dirname, 'tiny-codes.ts')],
      words: [],
      args: ({ shard, file }) => [file, `${CELLS}`, shard],
      merge: (files) => codeStore(3, space).merge(files, output),
      mergeByHand: 'join them',
    };
    const options = { slurm: true, tasks: PARTS, time: '10:00' } as const;

    assert.match(await printed(() => runOnSlurm(work, options)), /^job \d+: 4 of 4 shards.*\n100 of 100 are missing/);
    const [job] = readFileSync(path.join(shards, 'jobs.txt'), 'utf8').split('\n');
    while (codeStore(3, space).read(shard(2)).size === 0) await sleep(20);
    spawnSync('scancel', [`${job}_2`]);
    while (unfinishedTasks([Number(job)]).has(2)) await sleep(50);
    const kept = codeStore(3, space).read(shard(2)).size;
    assert.ok(kept > 0 && kept < CELLS / PARTS, `${kept} cells kept of the killed task's ${CELLS / PARTS}`);
    await assert.rejects(runOnSlurm(work, { ...options, tasks: 5 }), /has shards of 4.*--tasks 4/);

    const again = await printed(() => runOnSlurm(work, { ...options, wait: true }));
    assert.match(again, /^job \d+: \d of 4 shards/);
    assert.match(readFileSync(path.join(shards, 'job.sh'), 'utf8'), /--array=2$/m);
    // The seconds of a training are those of that training; all else is the same to the byte.
    const withoutSeconds = (file: string): string => readFileSync(file, 'utf8').replace(/,[\d.]+(,\d+,[^,]*)$/gm, '$1');
    assert.equal(withoutSeconds(output), withoutSeconds(reference));
    assert.equal(codeStore(3, space).read(output).size, CELLS);
  });

  it('and runs of a figure are the same records as without it, in shards of whole stacks', function () {
    this.timeout(120_000);
    const benchmark = path.resolve(__dirname, 'fixtures/own-benchmark.mjs');
    const cells = ['--benchmark', benchmark, '--methods', 'in-order', '--budgets', '10,11,12'];
    const reproduce = (runs: string, ...more: string[]): string => {
      const args = [REPRODUCE, 'fig5', ...cells, '--repeats', '2', '--runs', path.join(folder, runs), ...more];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      return stdout;
    };
    const records = (runs: string): string[] =>
      readdirSync(path.join(folder, runs))
        .filter((name) => name.endsWith('.jsonl'))
        .flatMap((name) =>
          readFileSync(path.join(folder, runs, name), 'utf8')
            .trim()
            .split('\n')
            .map(parseRecord),
        )
        .map(({ method, budget, seed, pool, deployedAccuracy }) =>
          JSON.stringify({ method, budget, seed, pool, deployedAccuracy }),
        )
        .sort();
    const alone = reproduce('alone', '--workers', '1');
    const shared = reproduce('shared', '--slurm', '--tasks', '2', '--time', '5:00', '--wait');
    assert.match(shared, /^job \d+: 2 of 2 shards; script and logs are in .*shared\/fig5\.slurm/);
    assert.deepEqual(records('shared'), records('alone'));
    assert.equal(records('shared').length, 6);
    assert.ok(shared.endsWith(alone));
    const [first, second] = [1, 2].map((part) => records(`shared/fig5.slurm/shard-${part}-of-2`).length);
    assert.ok(first! > 0 && second! > 0 && first! + second! === 6, `${first} and ${second} runs`);
    // Nothing is missing now: no job, and the same tables.
    assert.equal(reproduce('shared', '--slurm', '--tasks', '2'), alone);
  });

  it('that fail are reported with their logs', async function () {
    this.timeout(60_000);
    const work: ShardedWork<number> = {
      name: 'codes',
      output: path.join(folder, 'codes.csv'),
      ending: '.csv',
      items: [1, 2, 3],
      itemsName: 'cells',
      done: () => new Set<number>(),
      program: ['/bin/false'],
      words: [],
      args: () => [],
      merge: () => Promise.reject(new Error('nothing to join')),
      mergeByHand: 'join them',
    };
    await printed(() =>
      assert.rejects(
        runOnSlurm(work, { slurm: true, wait: true }),
        /3 of 3 are missing: see task-1\.log, task-2\.log, .*join them/,
      ),
    );
  });
});
