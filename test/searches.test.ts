import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { regretChart } from '../lib/src/charts/regret-chart';
import { renderSvg } from '../lib/src/charts/render';
import { searchStyle } from '../lib/src/charts/theme';
import { findBenchmark } from '../lib/src/benchmarks/registry';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { BRP_NAS, canTakePart, CONTENDERS, CONTESTS, contestPlan, UNKNOWING } from '../lib/src/experiments/contenders';
import { makeSearches } from '../lib/src/experiments/make-searches';
import { agreementClaims, PUBLISHED_CURVES } from '../lib/src/experiments/published-curves';
import { foundClaim, goalClaim, needClaim, shareClaim } from '../lib/src/experiments/search-claims';
import {
  belowBest,
  curveOfRun,
  improvements,
  scoreAfter,
  scoreAtPrice,
  trainingsTo,
  type SearchCurve,
} from '../lib/src/experiments/search-curve';
import {
  describeNeeds,
  drawnTrainings,
  needRows,
  needs,
  regretCurve,
  regretRows,
  shareWithBest,
} from '../lib/src/experiments/search-rows';
import { PUBLISHED_TAUS, tauClaims } from '../lib/src/experiments/published-taus';
import { RunIdentity } from '../lib/src/experiments/run-identity';
import { searchParts } from '../lib/src/experiments/search-parts';
import { SearchStore } from '../lib/src/experiments/search-store';
import type { RunRecord } from '../lib/src/experiments/run-record';
import { findMethod } from '../lib/src/search/methods';
import { randomSearch } from '../lib/src/search/random-search';
import { loadAccuracies } from '../lib/src/tables/accuracies';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} ≠ ${expected}`);

/** A search of ten trainings that has the best score, 90, after `at` of them. */
const search = (at: number): SearchCurve => ({
  steps: at === 1 ? [[1, 90]] : at <= 10 ? [[1, 60], [at, 90]] : [[1, 60]], // prettier-ignore
  trainings: 10,
  codesInTrainings: 0,
});
const searches = (title: string, at: readonly number[]) => ({ title, curves: at.map(search) });
const subject = { subject: { figure: '–' }, best: 90 };

describe('curves of searches', () => {
  it('keep what surpassed all before it', () => {
    const found = improvements([3, 0, 2, 1], [5, 5, 9, 1], [10, 11, 12, 13]);
    assert.deepEqual(found, [[1, 13], [2, 10], [3, 12]]); // prettier-ignore
    assert.deepEqual(improvements([0, 1, 2], [5, 5, 4], [10, 11, 12]), [[1, 10]]);
  });

  it('say what is kept after some trainings, and when a score was first there', () => {
    const curve: SearchCurve = { steps: [[1, 60], [4, 70], [9, 65]], trainings: 20, codesInTrainings: 1.5 }; // prettier-ignore
    assert.deepEqual([0, 1, 3, 4, 9, 20].map((n) => scoreAfter(curve, n)), [undefined, 60, 60, 70, 65, 65]); // prettier-ignore
    assert.deepEqual([trainingsTo(curve, 65), trainingsTo(curve, 71)], [5.5, Infinity]);
    assert.equal(scoreAfter(belowBest(curve, 75), 4), -5);
  });

  it('of a run go through its pool and down its ranking', () => {
    const accuracies = loadAccuracies(tinyNasBench201, 'cifar10');
    const space = tinyNasBench201.space();
    const { values } = accuracies.score;
    const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
    const [low, middle, high] = [order[100]!, order[2000]!, order[4000]!];
    const record = {
      budget: 4, // two of them are held back for the checkpoint
      pool: [low, middle].map((position) => space.ids[position]!),
      deployedAccuracy: [values[middle]!, values[high]!, values[high]!],
      codesInTrainings: 2,
    } as RunRecord;
    const curve = curveOfRun(record, { space, accuracies, top: 3 });
    assert.deepEqual(curve, {
      steps: [[1, values[low]!], [2, values[middle]!], [6, values[high]!]],
      trainings: 7,
      codesInTrainings: 2,
    }); // prettier-ignore
  });
});

describe('needs', () => {
  it('are medians and quartiles in which a search that did not get there needs infinitely many', () => {
    const most = needs(searches('a', [1, 2, 4, 99]), 90, 0);
    assert.deepEqual([most.median, most.upperQuartile, most.reached, most.n], [3, Infinity, 0.75, 4]);
    assert.equal(describeNeeds(most, 10), '3 (1.8 to > 10)');
    assert.equal(describeNeeds(needs(searches('b', [99, 99]), 90, 0), 10), '> 10');
    assert.equal(needs(searches('c', [7]), 90, 30).median, 1);
    const [row] = needRows([searches('a', [1, 2, 4, 99])], 90);
    assert.deepEqual([row!['the best cell'], row!['found the best, %'], row!.n], ['3 (1.8 to > 10)', 75, 4]);
  });

  it('are drawn as mean regrets', () => {
    assert.deepEqual(drawnTrainings(7), [1, 2, 3, 4, 5, 6, 7]);
    assert.equal(drawnTrainings(300).at(-1), 300);
    const curve = regretCurve(searches('a', [1, 3]), 90);
    assert.deepEqual(curve.map(({ x, regret }) => [x, regret]).slice(0, 3), [[1, 15], [2, 15], [3, 0]]); // prettier-ignore
    assert.ok(curve[0]!.low <= 15 && curve[0]!.high >= 15);
  });

  it('are tabled as regrets, with codes at their price', () => {
    const own = searches('own', [1, 3, 4, 12]);
    const priced = { title: 'priced', curves: own.curves.map((curve) => ({ ...curve, codesInTrainings: 2 })) };
    assert.equal(scoreAtPrice(priced.curves[1]!, 4), 60);
    assert.equal(scoreAtPrice(priced.curves[1]!, 5), 90);
    assert.equal(scoreAtPrice(priced.curves[1]!, 2), undefined);
    const [first, second] = regretRows([own, priced], { best: 90, after: [2, 4], own, at: 4 });
    assert.deepEqual(first, {
      search: 'own',
      n: 4,
      'to the best': '3.5 (2.5 to > 10)',
      'has it after 4, %': 75,
      'regret after 2': '22.50',
      'regret after 4': '7.50',
      'after 4, more than own': '–',
    });
    assert.equal(second!['regret after 2'], '–');
    assert.equal(second!['regret after 4'], '22.50');
    assert.match(second!['after 4, more than own'] as string, /^\+15\.00 \(\+0\.00 to \+30\.00\)$/);
    const { share, low, high } = shareWithBest(own, 90, 4);
    assert.deepEqual([share, low <= 0.5, high], [0.75, true, 1]);
  });

  it('become a chart', async () => {
    const rows = regretCurve(searches('evolution', [1, 3]), 90);
    const svg = await renderSvg(regretChart('A data set', rows, ['n = 2']));
    for (const text of ['A data set', 'evolution', 'n = 2', 'mean regret']) assert.ok(svg.includes(text), text);
  });
});

describe('claims about searches', () => {
  const slow = searches('slow', [8, 9, 8, 9, 8, 9, 8, 99]);
  const fast = searches('fast', [2, 3, 2, 3, 2, 3, 2, 3]);

  it('compare trainings in pairs, cut where the shorter search ends', () => {
    const claim = needClaim([fast, slow], 0, subject);
    assert.equal(claim.verdict, 'holds');
    near(claim.value!, (8 * 4 + 9 * 3 + 10) / 8 - 2.5);
    assert.equal(needClaim([slow, fast], 0, subject).verdict, 'does not hold');
    assert.equal(claim.claim, 'of 10 trainings, fast needs fewer to the best cell than slow');
    assert.match(claim.ours, /; 100 % against 88 % have it by then$/);
  });

  it('compare what was found with numbers of trainings', () => {
    assert.equal(foundClaim([fast, slow], [5, 5], subject).verdict, 'holds');
    near(foundClaim([fast, slow], [5, 9], subject).value!, 30 / 8);
    assert.throws(() => foundClaim([fast, slow], [5, 11], subject), /a search of 10 trainings says nothing of 11/);
  });

  it('hold goals against the interval of the median', () => {
    assert.equal(goalClaim(fast, 3, subject).verdict, 'holds');
    assert.equal(goalClaim(slow, 3, subject).verdict, 'does not hold');
    assert.equal(goalClaim(fast, 2.5, subject).verdict, 'not decidable with these n');
    const few = { ...fast, curves: fast.curves.slice(0, 5) };
    assert.equal(goalClaim(few, 10, subject).verdict, 'not decidable with these n');
    assert.equal(shareClaim(few, [slow], 1, subject).verdict, 'not decidable with these n');
  });

  it('hold a ranking against a published τ', () => {
    const records = PUBLISHED_TAUS.flatMap(([budget, tau]) =>
      [-3, -2, -1, 1, 2, 3].map((step) => ({ budget, kendall: tau + (budget === 78 ? 0.1 : 0) + step / 100 })),
    ) as RunRecord[];
    const [better, equal] = tauClaims(records, loadAccuracies(tinyNasBench201, 'cifar10'));
    assert.equal(better!.ours, 'τ = 0.44 (95 % interval 0.42 to 0.46, n = 6)');
    assert.deepEqual([better!.verdict, equal!.verdict], ['holds', 'not decidable with these n']);
  });

  it('agree with a published curve where their lead over random search does', () => {
    const low = loadAccuracies(tinyNasBench201, 'cifar10'); // its best cell leads by less than was published
    const accuracies = { ...low, best: 100 };
    const [brpNas] = PUBLISHED_CURVES;
    const published = 72.72 - (71.02 + (71.24 - 71.02) / 3); // at 41 trainings, a third of the way from 38 to 47
    const leading = (by: number, n: number): SearchCurve[] =>
      Array.from({ length: n }, (_, i) => ({
        steps: [[1, randomSearch(accuracies.score.values, 41) + by + (i % 2 === 0 ? 0.1 : -0.1)]],
        trainings: 200,
        codesInTrainings: 0,
      }));
    const verdict = (by: number, n = 10) => agreementClaims(brpNas!, leading(by, n), accuracies)[0]!;
    assert.equal(verdict(published).verdict, 'holds');
    near(verdict(published).value!, published);
    for (const far of [-0.3, 0.3]) assert.equal(verdict(published + far).verdict, 'does not hold');
    assert.equal(verdict(published, 5).verdict, 'not decidable with these n');
    const claims = agreementClaims(brpNas!, leading(0, 6), low);
    assert.match(claims[0]!.verdict, /^not decidable: no cell/);
    assert.ok(claims.length < brpNas!.points.length); // searches of 200 trainings do not reach the last point
  });

  it('hold the share of the best rival against its interval', () => {
    const rivals = [searches('never', [99, 99, 99, 99, 99, 99, 99, 99]), slow];
    const claim = shareClaim(fast, rivals, 0.3, subject);
    assert.match(claim.ours, /^0\.\d\d of slow/);
    assert.equal(claim.verdict, 'not decidable with these n');
    assert.equal(shareClaim(fast, rivals, claim.high!, subject).verdict, 'holds'); // at most
    assert.equal(shareClaim(fast, rivals, 0.5, subject).verdict, 'holds');
    assert.equal(shareClaim(slow, [fast], 0.5, subject).verdict, 'does not hold');
  });

  it('know of a share only bounds where a search ended before', () => {
    const never = searches('never', [99, 99, 99, 99, 99, 99, 99, 99]); // within 10 trainings
    const late = searches('late', [9, 9, 9, 9, 9, 9, 9, 9]);
    const cut = shareClaim(late, [never], 0.5, subject);
    assert.equal(cut.ours, 'between 0.00 and 0.90 of never (95 % interval 0.00 to 0.90, n = 8)');
    assert.equal(cut.verdict, 'not decidable with these n');
    assert.equal(shareClaim(late, [never], 0.95, subject).verdict, 'holds');
    const lost = shareClaim(never, [late], 0.5, subject);
    assert.equal(lost.ours, 'between 1.11 and ∞ of late (95 % interval 1.11 to ∞, n = 8)');
    assert.equal(lost.verdict, 'does not hold');
    assert.equal(shareClaim(never, [never], 0.5, subject).verdict, 'not decidable with these n');
  });
});

describe('records of searches', () => {
  const contest = { ...CONTESTS.find(({ space }) => space === 'tiny-nas-bench-201')!, trainings: 30 };
  const evolution = CONTENDERS.find(({ method }) => method === 'evolution')!;
  let folder: string;
  let store: SearchStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'searches-'));
    store = new SearchStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (): string => join(folder, 'tiny-nas-bench-201_cifar10_mean.jsonl');

  it('are made once, seed by seed, and say what the search found', async () => {
    const lines: string[] = [];
    const [few] = await makeSearches([contestPlan(contest, evolution, 2)], {
      store,
      progress: (line) => lines.push(line),
    });
    assert.match(lines.at(-1)!, /^regularised evolution, tiny-nas-bench-201, cifar10, mean, seeds 1 to 2: 100 %$/);
    const before = readFileSync(file(), 'utf8');
    const [more] = await makeSearches([contestPlan(contest, evolution, 5)], { store, atATime: 2 });
    assert.ok(readFileSync(file(), 'utf8').startsWith(before));
    assert.deepEqual(more!.curves.slice(0, 2), few!.curves);
    const { size } = statSync(file());
    await makeSearches([contestPlan(contest, evolution, 4)], { store });
    assert.equal(statSync(file()).size, size);

    const { values } = loadAccuracies(tinyNasBench201, 'cifar10').label;
    const [{ trained }] = findMethod('evolution', { changes: { distinct: true } }).search(
      { space: tinyNasBench201.space(), labels: values },
      30,
      [2],
    ) as [{ trained: number[] }];
    for (const n of [1, 7, 30]) {
      near(scoreAfter(few!.curves[1]!, n)!, Math.max(...trained.slice(0, n).map((position) => values[position]!)));
    }
  });

  it('of the parts of a space share a file, and are held against the best of their part', async () => {
    const halves = { ...contest, share: 0.5 };
    const [some] = await searchParts(halves, [evolution], 2, { store });
    const [all] = await searchParts(halves, [evolution], 3, { store });
    const lines = readFileSync(join(folder, 'tiny-nas-bench-201-part-0.5_cifar10_mean.jsonl'), 'utf8')
      .trim()
      .split('\n');
    assert.equal(lines.length, 3);
    assert.deepEqual(all!.curves.slice(0, 2), some!.curves);
    all!.curves.forEach(({ steps, trainings }, i) => {
      const record = JSON.parse(lines[i]!) as { space: string; found: [number, number][][] };
      const { label } = loadAccuracies(findBenchmark(record.space), 'cifar10');
      const values = loadAccuracies(tinyNasBench201, 'cifar10').score.values; // ids are positions of the larger space
      const ids = tinyNasBench201.space().ids;
      const last = values[ids.indexOf(record.found[0]!.at(-1)![1])]!;
      near(steps.at(-1)![1], last - Math.max(...label.values));
      assert.ok(steps.at(-1)![1] <= 0);
      assert.equal(trainings, 30);
    });
  });

  it('do not count when they were made by other settings, and a damaged line is named', async () => {
    const plan = contestPlan(contest, evolution, 1);
    await makeSearches([plan], { store });
    assert.deepEqual(store.find(plan).missing, []);
    assert.deepEqual(store.find({ ...plan, changes: { distinct: false } }).missing, [1]);
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('"population":10', '"population":11'));
    assert.deepEqual(store.find(plan).missing, [1]);
    appendFileSync(file(), '{"space":"x"}\n');
    assert.throws(() => store.find(plan), /line 2: no record of searches \(field "dataset"/);
  });

  it('are there of all that take part in the comparison', () => {
    const wanted = CONTESTS.flatMap((each) =>
      CONTENDERS.filter((contender) => canTakePart(each, contender)).map((contender) =>
        contestPlan(each, contender, 100),
      ),
    );
    const kept = new SearchStore();
    const identity = new RunIdentity({});
    for (const plan of wanted)
      assert.deepEqual(kept.find(plan, identity).missing, [], `${plan.method} ${plan.dataset}`);
  });

  it('are drawn each in a style of its own', () => {
    assert.deepEqual(
      CONTENDERS.filter(({ title }) => !searchStyle(title)).map(({ title }) => title),
      [],
    );
  });

  it('take part only where a space has what they read and step by', () => {
    for (const each of CONTESTS) findBenchmark(each.space);
    assert.equal(UNKNOWING.length, CONTENDERS.length);
    const synflow = CONTENDERS.find(({ codes }) => codes === 'synflow')!;
    assert.equal(canTakePart(contest, synflow), true);
    assert.equal(canTakePart(contest, { ...synflow, codes: 'flops' }), true);
    const where = CONTESTS.filter((each) => canTakePart(each, BRP_NAS));
    assert.deepEqual(
      where.map(({ dataset, label }) => `${dataset}, ${label}`),
      ['cifar100, mean', 'cifar100, one-trial'],
    );
    assert.equal(contestPlan(where[0]!, BRP_NAS, 100).seeds.length, BRP_NAS.limits!.repeats);
    assert.equal(contestPlan(where[0]!, BRP_NAS, 2).seeds.length, 2);
  });
});
