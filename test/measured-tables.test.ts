/** Tables that the project measures itself, as they grow: what is said of one that is missing or partial. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Benchmark, LabelPolicy } from '../lib/src/benchmarks/benchmark';
import { findBenchmark } from '../lib/src/benchmarks/registry';
import { tinyNanoBench } from '../lib/src/benchmarks/tiny-nano-bench/tiny-nano-bench';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { requireCoverage } from '../lib/src/tables/code-table';
import { loadCodes } from '../lib/src/tables/load-codes';
import { measuredNetworks } from '../lib/src/tables/measured-networks';

const space = tinyNanoBench.space();
const { representatives, representativeOf } = equalNetworks(space);

describe('a table that is measured here', () => {
  let folder: string;
  let benchmark: Benchmark;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'measured-'));
    const codes = tinyNanoBench.codes['official-codes']!;
    benchmark = {
      ...tinyNanoBench,
      labels: { reduced: { ...tinyNanoBench.labels['reduced']!, file: path.join(folder, 'truth.csv') } },
      codes: { 'official-codes': { ...codes, file: path.join(folder, 'codes.csv') } },
    };
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Networks with accuracies made up here, in the form of `npm run truth`. */
  const write = (name: string, positions: Iterable<number>): void => {
    const rows = Array.from(
      positions,
      (position) => `${position},${space.cells[position]!},${50 + (position % 40)},12.5`,
    );
    writeFileSync(path.join(folder, name), ['id,architecture,accuracy,seconds', ...rows, ''].join('\n'));
  };

  it('says where it is missing, how much of it, and which command measures it', () => {
    const load = () => loadAccuracies(benchmark, 'cifar10');
    assert.throws(load, /truth\.csv: is not there yet.*: npm run truth -- --space tiny-nano-bench --recipe reduced$/);
    write('truth.csv', representatives.subarray(1));
    assert.throws(
      load,
      /found 980 of the 981 different networks.*, of which the first is id 0, input\|output~0: npm run/,
    );
    write('truth.csv', representatives);
    const { label, policyTitle, datasetTitle } = load();
    label.values.forEach((value, position) => assert.equal(value, 50 + (representativeOf[position]! % 40)));
    assert.deepEqual([policyTitle, datasetTitle], ['one training, reduced recipe', 'CIFAR-10']);
  });

  it('of codes does so too, before a search', () => {
    const command = /npm run codes -- --space tiny-nano-bench --recipe official/;
    assert.throws(() => loadCodes(benchmark, 'official-codes'), command);
    const rows = Array.from(representatives.subarray(2), (position) => `${position},${space.cells[position]!},2,1.5,1`);
    writeFileSync(path.join(folder, 'codes.csv'), ['id,architecture,loss1,loss2,loss3', ...rows].join('\n'));
    const codes = loadCodes(benchmark, 'official-codes');
    assert.ok(codes.missing.length >= 2);
    assert.throws(() => requireCoverage(codes, space), command);
    assert.throws(() => requireCoverage(loadCodes(benchmark, 'shuffled:official-codes'), space), command);
  });

  it('can be looked at while it grows, and another draw beside it', () => {
    rmSync(path.join(folder, 'truth.csv'), { force: true });
    assert.equal(measuredNetworks(benchmark, 'reduced').extent, '0 of 981 networks');
    write('truth.csv', [7, 3]);
    write('truth.seed-1.csv', [3]);
    const { positions, accuracies, seconds, networks, extent } = measuredNetworks(benchmark, 'reduced');
    assert.deepEqual(
      [[...positions], [...accuracies], [...seconds]],
      [
        [3, 7],
        [53, 57],
        [12.5, 12.5],
      ],
    );
    assert.deepEqual([networks, extent], [981, '2 of 981 networks']);
    assert.deepEqual([...measuredNetworks(benchmark, 'reduced', 1).positions], [3]);
    const equal = representativeOf.findIndex((representative, position) => representative !== position);
    write('truth.csv', [representativeOf[equal]!, equal]);
    assert.equal(measuredNetworks(benchmark, 'reduced').extent, '1 of 981 networks');
    write('truth.csv', representatives);
    assert.equal(measuredNetworks(benchmark, 'reduced').extent, 'all 981 networks');
    assert.throws(
      () => measuredNetworks(findBenchmark('tiny-nas-bench-201'), 'mean'),
      /no measured label policy "mean"/,
    );
  });
});

describe('the label policy of the reduced recipe', () => {
  it('is there for both tiny spaces, one column to train and to judge, each with a table of its own', () => {
    for (const name of ['tiny-nano-bench', 'tiny-nano-bench-official', 'tiny-nas-bench-201']) {
      const reduced: LabelPolicy = findBenchmark(name).labels['reduced']!;
      assert.equal(reduced.label('cifar10'), reduced.score('cifar10'));
      assert.ok(reduced.file!.endsWith(`/data/${name}/truth-reduced.csv`));
      assert.deepEqual(reduced.datasets, ['cifar10']);
    }
    assert.equal(Object.keys(findBenchmark('tiny-nas-bench-201').labels)[0], 'mean', 'the default stays');
    assert.ok(!('reduced' in findBenchmark('nas-bench-201').labels));
  });
});
