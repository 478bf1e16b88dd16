import assert from 'node:assert/strict';
import {
  Ablation,
  againstCodes,
  correctedTogether,
  shuffledCodes,
  variantRuns,
  type AblationPlan,
} from '../lib/src/experiments/ablation';
import type { RunRecord } from '../lib/src/experiments/run-record';
import { holmAdjusted } from '../lib/src/statistics/holm-adjusted';

const plan: AblationPlan = {
  space: 'nas-bench-201',
  dataset: 'cifar100',
  label: 'mean',
  preset: 'official',
  codes: 'proxy-losses',
  budget: 30,
  top: 2,
  repeats: 6,
};
const siams = { method: 'siams' };
const naive = { method: 'predictor' };

describe('variants', () => {
  it('are the plan’s runs with what is changed', () => {
    const [first, ...others] = variantRuns(plan, siams);
    const { top, repeats, ...shared } = plan;
    assert.deepEqual(first, { ...shared, method: 'siams', changes: {}, seed: 1 });
    assert.deepEqual([others.length, top, others.at(-1)!.seed], [repeats - 1, 2, 6]);
    const changed = { ...siams, preset: 'paper', label: 'one-trial', changes: { efmValue: 'own' }, codes: 'constant' };
    const [run] = variantRuns(plan, changed);
    assert.deepEqual(
      [run!.preset, run!.label, run!.changes, run!.codes],
      ['paper', 'one-trial', { efmValue: 'own' }, 'constant'],
    );
    assert.equal(variantRuns(plan, { ...naive, codes: 'constant' })[0]!.codes, 'none', 'a method that reads no codes');
  });

  it('deal shuffles out over the seeds', () => {
    const runs = variantRuns(plan, { ...siams, codes: shuffledCodes('proxy-losses', 4) });
    assert.deepEqual(
      runs.map(({ codes }) => codes),
      [1, 2, 3, 4, 1, 2].map((shuffle) => `shuffled@${shuffle}:proxy-losses`),
    );
  });

  it('stand against other codes', () => {
    const [a, b] = againstCodes('siams', siams, { nothing: 'constant', FLOPs: 'flops' });
    assert.deepEqual(a, { label: 'siams − nothing', first: siams, second: { method: 'siams', codes: 'constant' } });
    assert.equal(b!.label, 'siams − FLOPs');
  });
});

describe('an ablation', () => {
  const recordsOf = (variant: { method: string; label?: string }, best: (seed: number) => number[]): RunRecord[] =>
    variantRuns(plan, variant).map((run) => ({ ...run, bestAccuracy: best(run.seed) }) as unknown as RunRecord);
  const oneTrial = { ...siams, label: 'one-trial' };
  const ablation = new Ablation(plan, [
    ...recordsOf(naive, (seed) => [60, 70 + seed, 99]),
    ...recordsOf(siams, (seed) => [60, 72 + 2 * seed, 99]).reverse(),
    ...recordsOf(oneTrial, () => [50, 75, 99]),
  ]);

  it('compares the best of the first K cells in pairs of equal seeds', () => {
    assert.deepEqual(ablation.bestOf(siams), [74, 76, 78, 80, 82, 84]);
    const { label, mean, n } = ablation.compare({ label: 'siams − naive', first: siams, second: naive });
    assert.deepEqual([label, mean, n], ['siams − naive', 5.5, 6]);
    assert.deepEqual(ablation.gainUnder('mean', siams, naive), [3, 4, 5, 6, 7, 8]);
    assert.throws(
      () => ablation.gainUnder('one-trial', siams, naive),
      /no record of .* one-trial official none predictor/,
    );
  });

  it('corrects p for all comparisons together', () => {
    const rows = [
      ablation.compare({ label: 'a', first: siams, second: naive }),
      ablation.compare({ label: 'b', first: siams, second: siams }),
      ablation.compare({ label: 'c', first: naive, second: siams }),
    ];
    assert.deepEqual(
      correctedTogether(rows).map(({ label, corrected }) => [label, corrected]),
      holmAdjusted(rows.map(({ p }) => p)).map((p, i) => ['abc'[i], p]),
    );
  });
});
