/** A benchmark and a method of one's own, given to a command as a module. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBenchmark, registerBenchmark } from '../lib/src/benchmarks/registry';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import type { RunRecord } from '../lib/src/experiments/run-record';
import { parseRecord } from '../lib/src/experiments/run-record';
import { registerMethod } from '../lib/src/search/methods';

const REPRODUCE = path.resolve(__dirname, '../lib/dist/cli/reproduce.js');
const MODULE = path.join(__dirname, 'fixtures/own-benchmark.mjs');
const TABLE = readFileSync(path.join(__dirname, 'fixtures/own-benchmark.csv'), 'utf8');

const args = ['fig5', '--methods', 'in-order,predictor', '--budgets', '10', '--repeats', '2', '--workers', '1'];

describe('a benchmark of one’s own', function () {
  this.timeout(120_000); // real trainings, on machines that may be busy
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'own-benchmark-'))));
  after(() => rmSync(folder, { recursive: true }));

  const reproduce = (...more: string[]) =>
    spawnSync(process.execPath, [REPRODUCE, ...args, '--runs', folder, ...more], { encoding: 'utf8' });
  const records = (): RunRecord[] =>
    readdirSync(folder).flatMap((name) =>
      name.endsWith('.jsonl') ? readFileSync(path.join(folder, name), 'utf8').trim().split('\n').map(parseRecord) : [],
    );

  it('takes fewer than 60 lines', () => {
    assert.ok(readFileSync(MODULE, 'utf8').trimEnd().split('\n').length < 60);
  });

  it('is searched by its own method and by the paper’s, judged by another column than trains, and recorded', () => {
    const { status, stdout, stderr } = reproduce('--benchmark', MODULE);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /on Toys\. Label: validation \(toys_valid\); score: toys_test; no method can pass 82\.00 %/);
    // The first ten cells, in order: cell 2, with four convolutions, has the highest label of all.
    assert.match(stdout, /in-order +10 +0 +10 +– +82\.00 +82\.00 to 82\.00 +± 0\.00 +82\.00 +2 /);
    assert.match(stdout, /predictor +10 +20 +30 +– +\d\d\.\d\d/);
    const made = records();
    assert.equal(made.length, 4);
    for (const { space, dataset, label, tables, method, pool, bestAccuracy, deployedAccuracy } of made) {
      assert.deepEqual([space, dataset, label], ['chains', 'toys', 'validation']);
      assert.notEqual(tables.label, tables.score);
      if (method !== 'in-order') assert.equal(bestAccuracy!.length, 200);
      else {
        assert.deepEqual(pool, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert.deepEqual([bestAccuracy, deployedAccuracy], [undefined, [82]]);
      }
    }
    assert.match(reproduce('--benchmark', MODULE).stderr, /All 4 runs are in .* already/);
  });

  it('is computed anew where its table is another one, and says what is passed over', () => {
    const before = records().length;
    const file = path.join(folder, 'corrected.csv');
    writeFileSync(file, TABLE.replace(/^2,(.*),80\.30,82\.00$/m, '2,$1,10.00,82.00'));
    const { status, stdout, stderr } = reproduce('--benchmark', MODULE, '--accuracies', file);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /4 records in .* are passed over: they were made with other accuracies\./);
    assert.doesNotMatch(stdout, /in-order +10 +0 +10 +– +82\.00/);
    assert.equal(records().length, before + 4);
    // Both are kept: the old table finds its records again.
    assert.match(reproduce('--benchmark', MODULE).stderr, /All 4 runs are in .* already/);
    assert.match(reproduce('--benchmark', MODULE, '--accuracies', file).stderr, /All 4 runs are in .* already/);
  });
});

describe('the registries', () => {
  it('list the names they have for one they have not', () => {
    assert.throws(() => findBenchmark('nas-bench-101'), /called "nas-bench-101"; there are nas-bench-201, tiny-nas-/);
  });

  it('say what is missing of what is no benchmark, and take no name twice', () => {
    const like = { ...nasBench201, name: 'mine' };
    assert.throws(() => registerBenchmark({ ...like, name: 'My_Bench' }), /its name is "My_Bench", expected small/);
    assert.throws(() => registerBenchmark({ ...like, datasets: {} }), /it has no data set/);
    assert.throws(() => registerBenchmark({ ...like, defaultCodes: 'none' }), /defaultCodes "none" are not in/);
    assert.throws(() => registerBenchmark({ ...like, name: 'nas-bench-201' }), /there is a benchmark "nas-bench-201"/);
    registerBenchmark(nasBench201); // the same again changes nothing
    assert.throws(() => registerMethod('siams', () => assert.fail()), /there is a method "siams" already/);
    assert.throws(() => registerMethod('My method', () => assert.fail()), /small letters/);
  });
});
