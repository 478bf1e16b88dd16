import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';

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

  it('says in one line what it cannot do', () => {
    const file = path.join(folder, 'no-labels.csv');
    writeFileSync(file, `arch,loss\n${nasBench201.space().cells[0]!},1\n`);
    for (const [args, message] of [
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
