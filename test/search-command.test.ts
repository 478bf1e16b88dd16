import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { searchProgress } from '../lib/src/cli/search-progress';
import { growingTable, textTable } from '../lib/src/cli/text-table';

const SEARCH = path.resolve(__dirname, '../lib/dist/cli/search.js');
const search = (...args: string[]) => spawnSync(process.execPath, [SEARCH, ...args], { encoding: 'utf8' });

describe('npm run search', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'search-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('prints each training of a search, and the same again for the same seed', () => {
    const args = ['--data', 'cifar10', '--label', 'validation', '--trainings', '6', '--seed', '3'];
    const { status, stdout, stderr } = search(...args);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /Label: one training on half of the images \(cifar10_valid\); score: cifar10_test;/);
    const rows = stdout.split('\n').filter((line) => line.startsWith('|'));
    assert.equal(rows.length, 6);
    assert.ok(
      rows.slice(0, 3).every((row) => / – +– +– /.test(row)),
      rows.join('\n'),
    );
    assert.ok(rows.slice(3).every((row) => / –?-?\d\.\d\d +\d\.\d\d +\S+ +\d+\.\d\d +\d+\.\d\d$/.test(row)));
    assert.equal(search(...args).stdout, stdout);
  });

  it('takes path sums for "gp", with a score as their mean where --prior names one', () => {
    const short = ['--trainings', '4', '--seed', '3'];
    const gp = search('--method', 'gp', ...short);
    assert.equal(gp.status, 0, gp.stderr);
    assert.equal(gp.stdout, search('--method', 'path-sum-regression', ...short).stdout);
    const prior = ['--prior', 'synflow', ...short];
    assert.equal(search('--method', 'gp', ...prior).stdout, search('--method', 'score-as-mean', ...prior).stdout);
  });

  it('prints the trainings of any method', () => {
    const { status, stdout, stderr } = search('--method', 'top-of-score', '--prior', 'synflow', '--trainings', '10');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^top of a score on NAS-Bench-201, CIFAR-10\./);
    const rows = stdout.split('\n').filter((line) => line.startsWith('|'));
    assert.equal(rows.length, 10);
    assert.match(rows.at(-1)!, / 94\.37$/); // the ten of highest synflow hold the best cell
  });

  it('proposes the next cells for those that somebody else has trained, none of them again', () => {
    const { cells } = nasBench201.space();
    const file = path.join(folder, 'mine.csv');
    const trained = [6111, 0, 81, 9930, 5374];
    writeFileSync(file, ['arch,label', ...trained.map((id, i) => `${cells[id]!},${90 - i}`), ''].join('\n'));
    const { status, stdout, stderr } = search('--ask', file, '--next', '4', '--prior', 'synflow');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^5 cells of NAS-Bench-201 are trained\./);
    const proposed = stdout.split('\n').filter((line) => line.startsWith('|'));
    assert.equal(new Set(proposed).size, 4);
    for (const row of proposed) assert.ok(!trained.some((id) => row.startsWith(cells[id]!)));
  });

  it('learns from the column label, else accuracy, whatever stands before it, and says so', () => {
    const { cells, ids } = nasBench201.space();
    const write = (name: string, header: string, rest: (label: number) => string): string => {
      const file = path.join(folder, name);
      const rows = [6111, 0, 81, 9930, 5374].map((p, i) => `${ids[p]!},${cells[p]!},${rest(90 - i)}`);
      writeFileSync(file, [`id,arch,${header}`, ...rows, ''].join('\n'));
      return file;
    };
    const plain = search(
      '--ask',
      write('plain.csv', 'label', (label) => `${label}`),
    );
    assert.equal(plain.status, 0, plain.stderr);
    assert.match(plain.stdout, /Their labels are the column "label"\./);
    const table = (text: string): string => text.slice(text.indexOf('\n'));
    for (const [header, rest, column] of [
      ['score,label', (label: number) => `${100 - label},${label}`, 'label'],
      ['accuracy,label,score', (label: number) => `${100 - label},${label},1`, 'label'],
      ['score,Accuracy', (label: number) => `${100 - label},${label}`, 'Accuracy'],
    ] as const) {
      const { stdout, stderr } = search('--ask', write(`${header}.csv`, header, rest));
      assert.ok(stdout.includes(`Their labels are the column "${column}".`), stdout + stderr);
      assert.equal(table(stdout), table(plain.stdout));
    }
  });

  it('takes the ids of cells in the place of their architectures', () => {
    const file = path.join(folder, 'ids.csv');
    writeFileSync(file, 'id,label\n6111,90\n0,80\n');
    const { status, stdout, stderr } = search('--ask', file);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^2 cells of NAS-Bench-201 are trained\./);
  });

  it('prints each training as soon as it is done', async () => {
    const running = spawn(process.execPath, [SEARCH, '--trainings', '3000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    running.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.split('\n').filter((line) => line.startsWith('|')).length >= 5) running.kill();
    });
    const [, signal] = (await once(running, 'close')) as [number | null, string | null];
    assert.equal(signal, 'SIGTERM', 'it ended before its rows were read');
  });

  it('ends when its reader has seen enough', async () => {
    const running = spawn(process.execPath, [SEARCH, '--trainings', '3000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.stdout.once('data', () => running.stdout.destroy());
    assert.deepEqual(await once(running, 'close'), [0, null]); // all its trainings take longer than a test may
  });

  it('says now and then how far a search is that prints nothing before its end', () => {
    const lines: string[] = [];
    let now = 0;
    const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
    const { report, end } = searchProgress(stream, () => now);
    for (let done = 0; done <= 100; done++) {
      report(done, 100);
      now += 500;
    }
    end();
    assert.deepEqual(lines, [
      '20 % · 10 s so far · about 40 s left\n',
      '40 % · 20 s so far · about 30 s left\n',
      '60 % · 30 s so far · about 20 s left\n',
      '80 % · 40 s so far · about 10 s left\n',
      '100 % · 50 s so far · almost done\n',
    ]);
  });

  it('prints the same table row by row', () => {
    const rows = [
      ['a', '1'],
      ['long', '1234567'],
    ];
    const { head, line } = growingTable(['name', 'value'], [4, 7]);
    assert.equal([head, ...rows.map(line)].join('\n'), textTable(['name', 'value'], rows));
    assert.equal(line(['too long', '1']), 'too long        1');
  });

  it('says in one line what it cannot do', () => {
    const file = path.join(folder, 'no-labels.csv');
    writeFileSync(file, `arch,loss\n${nasBench201.space().cells[0]!},1\n`);
    const twice = path.join(folder, 'two-labels.csv');
    writeFileSync(twice, 'id,label,Label\n0,1,2\n');
    const scores = path.join(folder, 'scores.csv');
    writeFileSync(scores, 'id,score\n0,1\n');
    const partly = path.join(folder, 'partly.csv');
    writeFileSync(partly, `id,arch,loss1\n0,${nasBench201.space().cells[0]!},1\n`);
    const labelled = path.join(folder, 'labelled.csv');
    writeFileSync(labelled, 'id,label\n6111,90\n');
    for (const [args, message] of [
      [['--ask', twice], /line 1: found the columns label, Label, expected one of them; rename the others/],
      [['--ask', scores], /found the columns id, score, expected one named label or accuracy/],
      [['--prior', partly], /--prior .*partly\.csv: .* found none for \d+ of the 15625 cells/],
      [['--ask', labelled, '--data', 'nonsense'], /--data nonsense has no effect with --ask/],
      [['--ask', labelled, '--label', 'validation'], /--label validation has no effect with --ask/],
      [['--ask', labelled, '--trainings', '7'], /--trainings 7 has no effect with --ask/],
      [['--ask', 'absent.csv'], /'absent\.csv' is invalid\. It is not there/],
      [['--next', '3'], /--next 3 has no effect without --ask/],
      [['--ask', labelled, '--next', '999999'], /--next 999999: \d+ cells are left to train/],
      [
        ['--label', 'validation', '--data', 'cifar100'],
        /--label "validation" is there for cifar10 only, not for cifar100/,
      ],
      [['--ask', file], /found the columns arch, loss, expected one named label or accuracy/],
      [['--data', 'mnist'], /--data: "mnist" is none of cifar10/],
      [['--prior', 'synfow'], /unknown code source "synfow"/],
      [['--method', 'top-of-score'], /--method top-of-score reads a score or codes: name a source by --prior/],
      [['--method', 'evolution', '--ask', file], /--ask: regularised evolution cannot go on .*; path-sum-regression, /],
      [['--trainings', '99999'], /--trainings 99999: there are 5260 to train/],
    ] as const) {
      const { status, stderr } = search(...args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
  });
});
