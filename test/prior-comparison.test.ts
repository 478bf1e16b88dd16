import assert from 'node:assert/strict';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { describeCorrelation, PriorComparison } from '../lib/src/experiments/prior-comparison';
import { cellsKnown, cellsMeasured, risingLosses, scoresOf, type PriorCover } from '../lib/src/experiments/prior-cover';
import { compareRanks } from '../lib/src/experiments/rank-comparison';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { hasCodes, loadCodes } from '../lib/src/tables/load-codes';

const space = nasBench201.space();
const { representativeOf } = equalNetworks(space);

describe('what is known of cells', () => {
  it('leaves out averages, and of the measured ones the copies too', () => {
    const proxy = loadCodes(nasBench201, 'proxy-losses');
    const [known, measured] = [cellsKnown(proxy, space.size), cellsMeasured(proxy, space.size)];
    assert.deepEqual([known.length, measured.length], [15622, 15614]);
    assert.ok(!known.includes(proxy.imputed[0]!) && known.includes(proxy.copied[0]!));
    assert.ok(!measured.includes(proxy.copied[0]!));
  });

  it('rises with accuracy: losses are negated, epoch by epoch and in the mean', () => {
    const proxy = loadCodes(nasBench201, 'proxy-losses');
    const losses = [...proxy.read([7])];
    const rising = risingLosses('proxy', proxy, [3, 7]);
    assert.deepEqual(Object.keys(rising), ['proxy, epoch 1', 'proxy, epoch 2', 'proxy, epoch 3', 'proxy, mean']);
    assert.equal(rising['proxy, epoch 2']![1], -losses[1]!);
    assert.ok(Math.abs(rising['proxy, mean']![1]! + (losses[0]! + losses[1]! + losses[2]!) / 3) < 1e-6);
    const { cheap } = scoresOf(nasBench201, { cheap: 'flops' }, [7]);
    assert.ok(Math.abs(cheap![0]! - space.cost(7, 'cifar10').mflops) < 1e-4);
  });

  it('may be no table at all', () => {
    assert.ok(hasCodes(nasBench201, 'synflow'));
    const missing = { ...nasBench201.codes.synflow!, file: '/nowhere.csv' };
    assert.ok(!hasCodes({ ...nasBench201, codes: { missing } }, 'missing'));
  });
});

describe('a comparison of priors', () => {
  const tables = ['cifar10', 'cifar100'].map((dataset) => loadAccuracies(nasBench201, dataset));
  const everyFifth = Array.from({ length: 400 }, (_, i) => 5 * i);
  const sample = everyFifth.filter((cell) => representativeOf[cell] === cell).slice(0, 12);
  const coverOf = (name: string, cells: number[], scopes: PriorCover['scopes'], own: string): PriorCover => ({
    name,
    cells,
    scopes,
    sources: { [own]: Float64Array.from(cells, (cell) => (cell * 7) % 101), ...scoresOf(nasBench201, { FLOPs: 'flops' }, cells) }, // prettier-ignore
  });
  const whole = coverOf('whole', everyFifth, ['cells', 'networks', 'best'], 'noise');
  const few = coverOf('few', sample, ['networks', 'best'], 'more noise');
  const options = { bestPercent: 10, fewest: 10, resamples: 30 };
  const priors = new PriorComparison(space, [whole, few], tables, options);

  it('has what ranks say of the cells of a scope, copies of a network drawn together', () => {
    const [table] = tables;
    const values = (cells: number[]): number[] => cells.map((cell) => table!.score.values[cell]!);
    const sources = whole.sources as Record<string, Float64Array>;
    const all = compareRanks(sources, values(everyFifth), {
      groups: everyFifth.map((cell) => representativeOf[cell]!),
      resamples: 30,
    });
    assert.deepEqual(priors.of(whole, table!, 'cells').found, all);
    const own = everyFifth.flatMap((cell, i) => (representativeOf[cell] === cell ? [i] : []));
    const { n, found } = priors.of(whole, table!, 'networks');
    assert.equal(n, own.length);
    const flops = { FLOPs: own.map((i) => sources['FLOPs']![i]!) };
    const alone = compareRanks(flops, values(own.map((i) => everyFifth[i]!)), { resamples: 30 });
    assert.equal(found['FLOPs']!.spearman, alone.FLOPs.spearman);
    assert.throws(() => priors.of(few, table!, 'cells'), /few has no correlations over cells/);
  });

  it('looks at the best cells of the whole space, and says n where they are too few', () => {
    const { values } = tables[1]!.score;
    const least = [...values].sort((a, b) => b - a)[1562]!; // a tenth of 15,625, rounded up
    const expected = everyFifth.filter((cell) => values[cell]! >= least).length;
    assert.equal(priors.of(whole, tables[1]!, 'best').n, expected);
    const { n, found } = priors.of(few, tables[1]!, 'best');
    assert.ok(n < 10);
    assert.deepEqual(found, {});
    const claim = priors.claim({ cover: few, name: 'more noise' }, 'FLOPs', {
      table: tables[1]!,
      scope: 'best',
      paper: 'higher',
      picture: 'x',
    });
    assert.deepEqual([claim.ours, claim.verdict], [`n = ${n}`, 'not decidable with these n']);
  });

  it('lists each source once, with the control on the cells of a sample', () => {
    assert.deepEqual(priors.listed('cells').map(({ name }) => name), ['noise', 'FLOPs']); // prettier-ignore
    assert.deepEqual(priors.listed('networks').map(({ name }) => name), ['noise', 'FLOPs', 'more noise']); // prettier-ignore
    const rows = priors.correlationRows('networks');
    assert.deepEqual(rows.map(({ source }) => source), ['noise', 'FLOPs', 'more noise', 'FLOPs on few']); // prettier-ignore
    assert.equal(rows[1]!['CIFAR-100'], describeCorrelation(priors.of(whole, tables[1]!, 'networks').found['FLOPs']!));
    assert.deepEqual(priors.leadRows('networks').map(({ source }) => source), ['noise', 'more noise']); // prettier-ignore
    const bars = priors.chartRows('networks').filter(({ dataSet }) => dataSet === 'CIFAR-10');
    assert.deepEqual(bars.map(({ control }) => control), [false, true, false]); // prettier-ignore
    assert.equal(bars[2]!.source, 'more noise (n = 12)');
    assert.equal(bars[2]!.controlHere, priors.of(few, tables[0]!, 'networks').found['FLOPs']!.spearman);
  });

  it('claims what the interval of a difference says', () => {
    const claim = priors.claim({ cover: whole, name: 'noise' }, 'FLOPs', {
      table: tables[0]!,
      scope: 'cells',
      paper: 'higher',
      picture: 'x',
    });
    assert.equal(claim.claim, 'noise: higher |Spearman| than FLOPs over all cells');
    assert.equal(claim.verdict, 'does not hold');
    assert.ok(claim.high! < 0 && claim.value! > claim.low! && claim.n === 400);
    assert.match(claim.ours, /^−0\.\d{3} \(−0\.\d{3} to −0\.\d{3}\)$/);
  });
});
