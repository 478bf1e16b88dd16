import assert from 'node:assert/strict';
import {
  compare,
  counted,
  formatClaims,
  overRepeats,
  ratioFinding,
  statisticFinding,
} from '../lib/src/experiments/claims';
import {
  againstBrpNas,
  deployedClaim,
  randomClaims,
  spreadClaim,
  stepClaim,
} from '../lib/src/experiments/method-claims';
import { againstPublishedBrpNas } from '../lib/src/experiments/published-curves';
import type { RunRecord } from '../lib/src/experiments/run-record';
import { RunSet } from '../lib/src/experiments/run-set';
import {
  accuracyRows,
  hitRows,
  paperRows,
  pointRows,
  randomNeeds,
  savingsOf,
  stepRows,
  stepsOf,
} from '../lib/src/experiments/run-set-rows';
import { paperGap } from '../lib/src/experiments/paper-numbers';
import { longerFinding, losesMoreFinding, lostTime, timedPairs } from '../lib/src/experiments/timed-pairs';
import { describeLabels, type Accuracies } from '../lib/src/tables/accuracies';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const K = 2;

/** A space of 20 cells with 1, 2 … 20 percent; the same column trains and judges. */
const values = Float64Array.from({ length: 20 }, (_, i) => i + 1);
const column = { name: 'made_up_test', values, hash: '' };
const accuracies: Accuracies = {
  dataset: 'made-up',
  datasetTitle: 'Made-up',
  policy: 'mean',
  policyTitle: 'mean of trials',
  label: column,
  score: column,
  source: 'none',
  best: 20,
  bestPosition: 19,
  bestId: 19,
  goal: 20,
};

/** A run whose best of the first K cells is given; it deployed one that was a point better. */
function run(method: string, budget: number, seed: number, best: number, more: Partial<RunRecord> = {}): RunRecord {
  const bestAccuracy = [best - 1, best];
  const deployedAccuracy = [best, best + 1];
  return { method, budget, seed, bestAccuracy, deployedAccuracy, codesInTrainings: 0, ...more } as RunRecord;
}

const runs = new RunSet(
  accuracies,
  SEEDS.flatMap((seed) => [
    run('predictor', 4, seed, 10 + (seed % 3)),
    run('predictor', 8, seed, 12 + (seed % 3)),
    run('siams', 4, seed, 13 + (seed % 2), { codesInTrainings: 0.4 }),
    run('siams', 8, seed, 17 + (seed % 2), { codesInTrainings: 0.4 }),
  ]),
  K,
);
const options = { subject: { figure: 'Fig. 5' }, budgets: [4, 8] };
const step = stepsOf(['predictor', 'siams'])[0]!;

describe('findings', () => {
  it('say in words and as data what was compared, and decide it', () => {
    const found = compare([3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6]);
    assert.equal(found.ours, '+2.00 points (95 % interval +2.00 to +2.00, p = 0.0313, n = 6)');
    assert.deepEqual([found.verdict, found.value, found.low, found.n], ['holds', 2, 2, 6]);
    assert.equal(compare([3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6], { margin: 2 }).verdict, 'does not hold');
    assert.equal(compare([3], [1]).verdict, 'not decidable with these n');
  });

  it('resample the repeats of a statistic together', () => {
    const always = overRepeats(8, (repeats) => repeats.length);
    assert.deepEqual(always, { n: 8, value: 8, low: 8, high: 8 });
    const mean = overRepeats(8, (repeats) => Array.from(repeats).reduce((sum, i) => sum + i, 0) / 8 - 3.5);
    assert.ok(mean.low < 0 && mean.high > 0 && mean.value === 0);
    const finding = statisticFinding({ n: 8, value: -1.25, low: -2, high: -0.5 }, 'points', 1);
    assert.equal(finding.ours, '−1.3 points (95 % interval −2.0 to −0.5, n = 8)');
    assert.equal(finding.verdict, 'does not hold');
  });

  it('are counted where there is no chance', () => {
    assert.deepEqual(counted(true, '5 of 5'), { ours: '5 of 5', verdict: 'holds' });
    assert.equal(counted(false, '4 of 5').verdict, 'does not hold');
  });

  it('hold a ratio against a number', () => {
    const { ours, verdict, value } = ratioFinding([2, 2.2, 1.8, 2.1, 1.9, 2], 1.5);
    assert.deepEqual([verdict, value], ['holds', 2]);
    assert.match(ours, /^2\.00 times \(95 % interval 1\.\d\d to 2\.\d\d, n = 6\)$/);
    assert.equal(ratioFinding([2, 2.2, 1.8, 2.1, 1.9, 2], 5.8).verdict, 'does not hold');
    assert.equal(ratioFinding([], 1).ours, 'no comparable times');
  });

  it('are kept with six digits, and an end without bound is null', () => {
    const claim = { figure: '–', claim: 'x', paper: '–', ...compare([1 / 3, 2 / 3], [0, 0]), high: Infinity };
    const read = JSON.parse(formatClaims({ claims: [claim] })) as { claims: { value: number; high: number | null }[] };
    assert.deepEqual([read.claims[0]!.value, read.claims[0]!.high], [0.5, null]);
    assert.match(formatClaims({ claims: [claim] }), /"low": 0\.333333,/);
  });
});

describe('a set of runs', () => {
  it('reads repeats by seed, and means over N', () => {
    assert.deepEqual(runs.budgets, [4, 8]);
    assert.equal(runs.repeats, 8);
    assert.deepEqual(runs.best('siams', 4), [14, 13, 14, 13, 14, 13, 14, 13]);
    assert.deepEqual(runs.deployed('siams', 8).slice(0, 2), [19, 18]);
    assert.deepEqual(runs.bestOf('siams', 4, 1).slice(0, 2), [13, 12]);
    assert.deepEqual(runs.meanOver([4, 8], 'siams').slice(0, 2), [16, 15]);
    assert.deepEqual(runs.budgetsFrom(10), [8]);
    assert.throws(() => runs.best('siams', 5), /no runs of siams with N = 5/);
  });

  it('is held against BRP-NAS with as many trainings, as far as it searched', () => {
    const curve = (seed: number) => ({ steps: [[1, 9 + seed / 100] as const], trainings: 8, codesInTrainings: 0 });
    const brpNas = { title: 'BRP-NAS', curves: [1, 2, 3, 4, 5, 6].map(curve) };
    const claims = againstBrpNas(runs, 'predictor', brpNas, { subject: { figure: '–' }, budgets: [4, 8] });
    assert.deepEqual(claims.map(({ claim, paper, n, verdict }) => [claim, paper, n, verdict]), [
      ['N + K = 6: naive predictor > BRP-NAS, best of everything trained', '–', 6, 'holds'],
    ]); // prettier-ignore
    const expected = runs.deployed('predictor', 4).slice(0, 6);
    const theirs = brpNas.curves.reduce((sum, { steps }) => sum + steps[0]![1], 0);
    assert.ok(Math.abs(claims[0]!.value! - (expected.reduce((a, b) => a + b) - theirs) / 6) < 1e-9);
  });

  it('is held against the published lead of BRP-NAS over random search', () => {
    const far = new RunSet(
      accuracies,
      SEEDS.map((seed) => run('predictor', 127, seed, 10)),
      K,
    );
    far.random = () => 18;
    const lead = 11 - 18; // the best of everything trained is a point above that of the first K
    const [claim] = againstPublishedBrpNas(far, 'predictor', { subject: { figure: '–' }, budgets: [127] });
    assert.deepEqual([claim!.paper, claim!.verdict], ['better', 'does not hold']);
    const published = 73.83 - (71.84 + ((71.96 - 71.84) * (129 - 116)) / (137 - 116));
    assert.ok(Math.abs(claim!.value! - (lead - published)) < 1e-9);
    far.random = () => 19; // even the best cell, 20, leads by less than was published
    const [beyond] = againstPublishedBrpNas(far, 'predictor', { subject: { figure: '–' }, budgets: [127] });
    assert.match(beyond!.verdict, /^not decidable: no cell/);
  });

  it('pays random search what the method paid, codes rounded up', () => {
    assert.equal(runs.chance('predictor', 4)[0], runs.random(6));
    assert.equal(runs.chance('siams', 4)[0], runs.random(7));
    assert.deepEqual(
      runs.randomPoints().map(({ x }) => x),
      [6],
    );
  });

  it('says what its runs have in common, and which columns train and judge', () => {
    const [one] = [run('siams', 4, 1, 20, { codes: 'proxy-losses', preset: 'official' })];
    const { conditions } = new RunSet(accuracies, [run('predictor', 4, 1, 9, { codes: 'none' }), one], K);
    const labels = 'mean of trials (made_up_test trains and judges)';
    assert.deepEqual([conditions.codes, conditions.labels, conditions.optimum], ['proxy-losses', labels, 20]);
    const apart = { ...accuracies, label: { ...column, name: 'made_up_valid' } };
    assert.equal(describeLabels(apart), 'mean of trials (made_up_valid trains, made_up_test judges)');
    assert.deepEqual(
      accuracyRows(apart).map(({ is }) => is),
      ['mean of trials', 'made_up_valid', 'made_up_test', '20.00 %'],
    );
  });

  it('stands beside the paper’s numbers and the controls', () => {
    const set = new RunSet(accuracies, [run('predictor', 100, 1, 10), run('predictor', 100, 2, 12)], 30);
    set.best = () => [10, 12];
    set.random = (trainings) => trainings / 10;
    const rows = paperRows(set, ['predictor'], [100]);
    assert.deepEqual(rows, [
      { method: 'naive predictor', 'N = 100, paper': '72.05', 'N = 100, ours': '11.00 ± 1.00' },
      { method: 'random search', 'N = 100, paper': '–', 'N = 100, ours': '13.00' },
      { method: 'best of all cells', 'N = 100, paper': '–', 'N = 100, ours': '20.00' },
    ]);
    assert.equal(paperGap('siams+nsam+bts', 'predictor', [130]), '+1.79'); // 73.84 − 72.05
    assert.equal(paperGap('siams', 'predictor', [60, 70, 1000]), '+0.40'); // the mean of 0.28 and 0.51
    assert.equal(paperGap('siams', 'predictor', [1000]), undefined);
  });

  it('becomes rows', () => {
    const [first] = pointRows(runs);
    assert.deepEqual([first!.method, first!['N + K'], first!.n], ['naive predictor', 6, 8]);
    assert.equal(first!['left to the optimum'], 20 - first!.ours);
    const rows = stepRows(runs, [step], [4, 8]);
    assert.deepEqual(
      rows.map(({ claim, N, verdict }) => [claim, N, verdict]),
      [
        ['siams > naive predictor', 4, 'holds'],
        ['siams > naive predictor', 8, 'holds'],
      ],
    );
    const hits = hitRows(new RunSet(accuracies, [run('siams', 4, 1, 20), run('siams', 4, 2, 19)], K));
    assert.deepEqual([hits[0]!['best cell'], hits[0]!['one of the two'], hits[0]!.median], [1, 2, 19.5]);
  });

  it('saves trainings, and knows what random search needs', () => {
    const saved = savingsOf(runs, ['siams'], 'predictor');
    assert.deepEqual([saved.length, saved[0]!.budget, saved[0]!.reach], [1, 8, 'at the smallest budget']);
    assert.equal(randomNeeds(values, runs.random(7)), 7);
  });
});

describe('claims of methods', () => {
  it('compare the paper’s score, what a user would deploy, and random search', () => {
    const claim = stepClaim(runs, step, { ...options, paper: '+0.46' });
    assert.deepEqual([claim.figure, claim.paper, claim.verdict], ['Fig. 5', '+0.46', 'holds']);
    assert.match(claim.ours, /n = 8\), alone at 2 of 2 N$/);
    assert.equal(deployedClaim(runs, step, options).value, claim.value); // all deployed a point better
    const [paper, everything] = randomClaims(runs, 'siams', options);
    assert.ok(Math.abs(everything!.value! - paper!.value! - 1) < 1e-12);
    assert.match(everything!.claim, /^siams > random search, best of everything trained$/);
  });

  it('say which spreads less', () => {
    const about = { figure: 'Fig. 6', claim: 'steadier', paper: 'by eye' };
    const wide = [0, 9, 1, 8, 2, 7, 0, 9];
    const narrow = [4, 5, 4, 5, 4, 5, 4, 5];
    const claim = spreadClaim(about, narrow, wide);
    assert.equal(claim.verdict, 'holds');
    assert.match(claim.ours, /^0\.50 against 3\.\d\d: \+\d\.\d\d points of std less/);
    assert.equal(spreadClaim(about, wide, narrow).verdict, 'does not hold');
  });
});

describe('pairs of timed stacks', () => {
  it('are those that were made in turns, of the size that was planned', () => {
    const timed = (
      method: string,
      seed: number,
      processorSeconds: number | undefined,
      stack: number,
      scoredCells: number,
    ) => run(method, 4, seed, 10, { processorSeconds, stack, scoredCells });
    const first = [timed('a', 1, 5, 2, 10), timed('a', 3, 6, 25, 10), timed('a', 5, undefined, 2, 10)];
    const second = [timed('b', 1, 9, 2, 100), timed('b', 3, 9, 2, 100), timed('b', 5, 9, 2, 100)];
    const blocks = [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ];
    assert.deepEqual(timedPairs(first, second, blocks), [{ seeds: '1 to 2', first: 5, second: 9, extra: 90 }]);
  });

  it('say what the second loses, over all pairs and against another set', () => {
    const pairs = [1, 2, 3, 4, 5, 6].map((i) => ({ seeds: `${i}`, first: 5, second: 5 + i, extra: 100 }));
    assert.deepEqual(lostTime(pairs[1]!), { seconds: 2, perCell: 20 });
    const longer = longerFinding([...pairs, { seeds: '7', first: 5, second: 4, extra: 100 }]);
    assert.match(longer.ours, / s \(95 % .*, n = 7\), longer in 6 of 7 pairs of stacks$/);
    const small = pairs.map((pair) => ({ ...pair, second: 5.5 }));
    const more = losesMoreFinding(pairs, [...small].reverse());
    assert.deepEqual([more.value, more.n, more.verdict], [3, 6, 'holds']);
    assert.equal(losesMoreFinding(pairs, [{ ...pairs[0]!, seeds: '9' }]).ours, 'no comparable times');
    assert.equal(longerFinding([]).verdict, 'not decidable with these n');
  });
});
