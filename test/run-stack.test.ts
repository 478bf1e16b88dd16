import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { plannedRuns, type Run } from '../lib/src/experiments/run';
import type { RunData } from '../lib/src/experiments/run-data';
import type { RunRecord } from '../lib/src/experiments/run-record';
import { runStack } from '../lib/src/experiments/run-stack';
import type { SiameseSettings } from '../lib/src/search/siamese-settings';
import { currentBackend } from '../lib/src/tensors/backend';
import { ownBackend } from './backends';
import { smallData } from './small-data';

const CELLS = 400;

const runsOf = (method: string, seeds: number[], changes: Run['changes'] = {}): Run[] =>
  plannedRuns({
    space: 'nas-bench-201',
    dataset: 'cifar100',
    label: 'mean',
    preset: 'official',
    codes: 'proxy-losses',
    methods: [method],
    budgets: [10],
    seeds,
    changes,
  });

describe('a stack of runs', function () {
  this.timeout(120_000); // three hundred real training steps and more, on machines that may be busy

  let data: RunData;
  before(async () => {
    await ownBackend();
    data = smallData(CELLS);
  });

  it('gives a record a run: Batch Top Sampling spends the budget, codes are counted, no tensor is left over', () => {
    const tensors = tf.memory().numTensors;
    const steps: number[] = [];
    const runs = runsOf('siams+nsam+bts', [4, 5]);
    const records = runStack(runs, data, { threads: 1, progress: (done, total) => steps.push(done / total) });
    assert.equal(tf.memory().numTensors, tensors);
    assert.equal(steps.length, 203);
    assert.equal(steps.at(-1), 1);
    records.forEach((record, r) => {
      assert.equal(record.seed, runs[r]!.seed);
      assert.equal(record.pool.length, 7);
      assert.equal(new Set(record.pool).size, 7);
      assert.equal(record.scoredCells, 40); // for N = 10 only the last update adds cells (protocol §3.6)
      assert.ok(record.codesUsed >= 60 && record.codesUsed <= 7 + 30 + 3 * 30 + 60, `${record.codesUsed}`);
      assert.equal(record.codesInTrainings, record.codesUsed * 0.003);
      assert.equal(record.bestAccuracy!.length, 200);
      record.bestAccuracy!.forEach((best, k) => assert.ok(k === 0 || best >= record.bestAccuracy![k - 1]!));
      record.deployedAccuracy!.forEach((deployed, k) => assert.ok(deployed >= record.bestAccuracy![k]!));
      assert.ok(Math.abs(record.spearman!) <= 1);
      assert.equal((record.settings as SiameseSettings).training.heldBack, 3);
      assert.equal(record.versions.threads, 1);
      assert.ok(record.processorSeconds! > 0);
      const { fused } = currentBackend();
      assert.match(record.versions.instructions ?? '', fused ? /^(AVX-512|AVX2( and FMA)?|baseline)$/ : /^$/);
    });
    assert.notDeepEqual(records[0]!.pool, records[1]!.pool);
  });

  it('is the same again with the same seeds, and every method starts from the same cells', () => {
    const [first] = runStack(runsOf('predictor', [4]), data, { threads: 1 });
    const [again] = runStack(runsOf('predictor', [4]), data, { threads: 1 });
    const untimed = (record: RunRecord): RunRecord => ({ ...record, seconds: 0, processorSeconds: 0 });
    assert.deepEqual(untimed(again!), untimed(first!));
    const [sampled] = runStack(runsOf('predictor+bts', [4]), data, { threads: 1 });
    assert.deepEqual(sampled!.pool.slice(0, 2), first!.pool.slice(0, 2));
    assert.equal(first!.codesUsed, 0);
    assert.equal(sampled!.pool.length, 7);
  });

  it('trains on all N cells with the last weights in the preset paper', () => {
    const runs = runsOf('predictor', [4]).map((run) => ({ ...run, preset: 'paper' as const }));
    const [record] = runStack(runs, data, { threads: 1 });
    assert.equal(record!.pool.length, 10);
    assert.equal((record!.settings as SiameseSettings).training.checkpoint, 'last');
  });

  it('refuses runs that differ in more than the seed, and siamese runs without codes', () => {
    const mixed = [...runsOf('predictor', [1]), ...runsOf('predictor+bts', [2])];
    assert.throws(() => runStack(mixed, data, { threads: 1 }), /differ in nothing but the seed/);
    assert.throws(
      () => runStack(runsOf('siams', [1]), { ...data, codes: undefined }, { threads: 1 }),
      /siams reads codes/,
    );
  });
});
