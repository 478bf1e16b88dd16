import assert from 'node:assert/strict';
import { networkScoreStore } from '../lib/src/priors/network-score-store';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { mean, sampleRankCorrelation as spearman, standardDeviation } from 'simple-statistics';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { standardised, type CodeSource } from '../lib/src/tables/code-source';
import { codeSources, loadCodes } from '../lib/src/tables/load-codes';

const space = nasBench201.space();
const tiny = tinyNasBench201.space();
const all = Int32Array.from(space.ids);

/** One entry of a code for the cells at these positions. */
const entryOf = (source: CodeSource, entry: number, positions: ArrayLike<number>): number[] =>
  Array.from(source.read(positions)).filter((_, i) => i % source.entries === entry);

describe('proxy losses', () => {
  const codes = loadCodes(nasBench201, 'proxy-losses');
  const unmeasured = Array.from({ length: 11 }, (_, i) => 3989 + i);

  it('are the losses of the first three epochs, by position', () => {
    assert.deepEqual([codes.name, codes.entries, codes.trainingsPerCode], ['proxy-losses', 3, 0.003]);
    const expected = [2.28875, 1.76786, 1.602, 4.5638, 3.3386, 2.6735];
    assert.deepEqual(codes.read([1, 0]), Float32Array.from(expected));
  });

  it('may be of 1 to 12 epochs', () => {
    const twelve = loadCodes(nasBench201, 'proxy-losses:12');
    assert.deepEqual([twelve.name, twelve.entries, twelve.trainingsPerCode], ['proxy-losses:12', 12, 0.012]);
    assert.deepEqual(twelve.read([0]).slice(0, 3), codes.read([0]));
    for (const epochs of ['0', '13', 'x', '2.5']) {
      assert.throws(() => loadCodes(nasBench201, `proxy-losses:${epochs}`), /entries, expected 1 to 12/);
    }
  });

  it('correlate with accuracy as known (protocol §6.4)', () => {
    const measured = all.filter((id) => !unmeasured.includes(id));
    for (const [dataset, first, third, average] of [
      ['cifar10', 0.445, 0.788, 0.719],
      ['cifar100', 0.436, 0.766, 0.7],
      ['imagenet16', 0.351, 0.725, 0.632],
    ] as const) {
      const { values } = loadAccuracies(nasBench201, dataset).score;
      const accuracies = Array.from(measured, (id) => values[id]!);
      const losses = [0, 1, 2].map((entry) => entryOf(codes, entry, measured));
      const means = losses[0]!.map((loss, i) => mean([loss, losses[1]![i]!, losses[2]![i]!]));
      const found = [losses[0]!, losses[2]!, means].map((loss) => -spearman(loss, accuracies));
      [first, third, average].forEach((rho, i) => assert.ok(Math.abs(found[i]! - rho) < 6e-4, `${found.join()}`));
    }
  });

  it('of the 11 cells that the table lacks come from equal networks, else from like cells, and say so', () => {
    assert.deepEqual(Array.from(codes.copied), [3991, 3992, 3993, 3994, 3995, 3996, 3997, 3999]);
    assert.deepEqual(Array.from(codes.imputed), [3989, 3990, 3998]);
    assert.equal(codes.missing.length, 0);
    assert.match(
      codes.recipe,
      /8 cells \(ids 3991, .*3999\) have the code of an equal network; 3 cells \(ids 3989, 3990, 3998\) imputed/,
    );
    const { representativeOf } = equalNetworks(space);
    for (const id of codes.copied) {
      const donor = all.find(
        (other) => representativeOf[other] === representativeOf[id] && !unmeasured.includes(other),
      );
      assert.deepEqual(codes.read([id]), codes.read([donor!]));
    }
    const kind = (id: number): string => [...space.operations[id]!].sort().join();
    for (const id of codes.imputed) {
      const alike = all.filter((other) => kind(other) === kind(id) && !unmeasured.includes(other));
      [0, 1, 2].forEach((entry) => {
        const expected = mean(entryOf(codes, entry, alike));
        assert.ok(Math.abs(entryOf(codes, entry, [id])[0]! - expected) < 1e-5);
      });
    }
  });

  it('are the same in the smaller space, by its positions', () => {
    const ofTiny = loadCodes(tinyNasBench201, 'proxy-losses');
    assert.deepEqual(ofTiny.read(tiny.ids.map((_, position) => position)), codes.read(tiny.ids));
    assert.deepEqual(
      Array.from(ofTiny.copied, (position) => tiny.ids[position]),
      [3995, 3999],
    );
    assert.equal(ofTiny.imputed.length, 0);
  });

  it('are not read beyond the space', () => {
    assert.throws(() => codes.read([15_625]), /position 15625 is not one of the 15625 cells/);
    assert.throws(() => codes.read([-1]), RangeError);
  });
});

describe('loadCodes', () => {
  it('knows costs and the constant as controls', () => {
    const flops = loadCodes(nasBench201, 'flops');
    assert.deepEqual([flops.entries, flops.trainingsPerCode], [1, 0]);
    assert.deepEqual(flops.read([0, 9930]), Float32Array.from([15.64737, space.cost(9930, 'cifar10').mflops]));
    assert.deepEqual(loadCodes(nasBench201, 'params').read([0]), Float32Array.from([0.129306]));
    assert.deepEqual(loadCodes(nasBench201, 'constant').read([5, 6]), new Float32Array(6));
  });

  it('knows what this project measured: one code a network, for the whole space', () => {
    for (const name of ['reduced-codes', 'synflow', 'synflow-official']) {
      const { missing, imputed, copied } = loadCodes(nasBench201, name);
      assert.deepEqual([name, missing.length, imputed.length, copied.length], [name, 0, 0, 15625 - 5260]);
    }
    const codes = loadCodes(nasBench201, 'reduced-codes');
    const epochs = [0, 1, 2].map((epoch) => mean(entryOf(codes, epoch, all)));
    assert.ok(Math.log(10) > epochs[0]! && epochs[0]! > epochs[1]! && epochs[1]! > epochs[2]!, epochs.join(' '));
    const accuracies = Array.from(loadAccuracies(nasBench201, 'cifar10').score.values);
    assert.ok(spearman(entryOf(codes, 2, all), accuracies) < -0.6);
  });

  it('knows the scores of the networks that were scored, and of their equals', () => {
    const rows = networkScoreStore(nasBench201.space()).read(nasBench201.codes.naswot!.file);
    for (const name of ['snip', 'grasp', 'grad-norm', 'fisher', 'jacob-cov', 'naswot']) {
      const codes = loadCodes(nasBench201, name);
      assert.equal(15625 - codes.missing.length - codes.copied.length, rows.size);
      const [[id, { scores }]] = rows as unknown as [[number, { scores: Record<string, number> }]];
      assert.deepEqual(codes.read([id]), Float32Array.of(scores[name.replace('-', '_')]!));
    }
  });

  it('deals codes out to the wrong cells, by seed', () => {
    const codes = loadCodes(nasBench201, 'proxy-losses');
    const shuffled = loadCodes(nasBench201, 'shuffled:proxy-losses');
    assert.deepEqual([shuffled.name, shuffled.entries, shuffled.trainingsPerCode], ['shuffled:proxy-losses', 3, 0.003]);
    assert.match(shuffled.recipe, /permuted among the cells with seed 0/);
    const rows = (source: CodeSource): string[] => {
      const read = source.read(all);
      return Array.from(all, (id) => read.subarray(id * 3, id * 3 + 3).join());
    };
    const [before, after] = [rows(codes), rows(shuffled)];
    assert.deepEqual([...after].sort(), [...before].sort());
    assert.ok(after.filter((row, id) => row === before[id]).length < 20);
    assert.ok(Math.abs(spearman(entryOf(codes, 2, all), entryOf(shuffled, 2, all))) < 0.03);
    // What was filled in is still known, at its new place.
    assert.deepEqual(
      Array.from(shuffled.imputed, (id) => after[id]).sort(),
      Array.from(codes.imputed, (id) => before[id]).sort(),
    );
    assert.deepEqual(rows(loadCodes(nasBench201, 'shuffled@0:proxy-losses')), after);
    assert.notDeepEqual(rows(loadCodes(nasBench201, 'shuffled@1:proxy-losses')), after);
  });

  it('makes an oracle of the correlation asked for: one code a network, by seed', () => {
    const { representatives, representativeOf } = equalNetworks(nasBench201.space());
    const truth = loadAccuracies(nasBench201, 'cifar100').score.values;
    const accuracies = Array.from(representatives, (position) => truth[position]!);
    for (const rho of [0.5, 0.7, 0.9]) {
      const oracle = loadCodes(nasBench201, `oracle-${rho}:cifar100`);
      const codes = entryOf(oracle, 0, representatives);
      assert.deepEqual([oracle.entries, oracle.missing.length], [1, 0]);
      // 5,260 networks: the standard error of a correlation is .014 at most.
      assert.ok(Math.abs(spearman(codes, accuracies) - rho) < 0.04, `${rho}: ${spearman(codes, accuracies)}`);
      assert.ok(Math.abs(standardDeviation(codes) - 1) < 0.05);
      assert.deepEqual(entryOf(oracle, 0, all), entryOf(oracle, 0, representativeOf));
      const other = entryOf(loadCodes(nasBench201, `oracle-${rho}@1:cifar100`), 0, representatives);
      assert.notDeepEqual(other, codes);
    }
    const perfect = entryOf(loadCodes(nasBench201, 'oracle-1:cifar100'), 0, representatives);
    assert.ok(spearman(perfect, accuracies) > 0.9999);
    assert.throws(() => loadCodes(nasBench201, 'oracle-0.5:cifar11'), /no data set "cifar11"/);
  });

  it('standardises over the space', () => {
    const codes = loadCodes(tinyNasBench201, 'standardised:proxy-losses');
    assert.equal(codes.name, 'standardised:proxy-losses');
    for (const entry of [0, 1, 2]) {
      const values = entryOf(codes, entry, Int32Array.from(tiny.ids.keys()));
      assert.ok(Math.abs(mean(values)) < 1e-5);
      assert.ok(Math.abs(standardDeviation(values) - 1) < 1e-5);
    }
    const raw = loadCodes(tinyNasBench201, 'proxy-losses');
    assert.ok(spearman(entryOf(raw, 0, [0, 1, 2, 3, 4]), entryOf(codes, 0, [0, 1, 2, 3, 4])) > 0.999);
    assert.equal(loadCodes(nasBench201, 'standardised:shuffled@3:flops').name, 'standardised:shuffled@3:flops');
  });

  it('refuses what it does not know, and says what it knows', () => {
    for (const name of [
      '',
      'flop',
      'shuffled:',
      'shuffled@x:flops',
      'standardised@2:flops',
      'flops:2',
      'oracle-2:cifar100',
    ]) {
      assert.throws(
        () => loadCodes(nasBench201, name),
        (error: Error) => Object.keys(codeSources(nasBench201)).every((known) => error.message.includes(known)),
        name,
      );
    }
  });
});

describe('standardised', () => {
  it('uses the mean and deviation of the cells given, and makes a constant zero', () => {
    const source: CodeSource = {
      name: 'counted',
      recipe: 'position and one',
      entries: 2,
      trainingsPerCode: 0.5,
      read: (positions) => Float32Array.from(Array.from(positions).flatMap((position) => [position, 1])),
    };
    const scaled = standardised(source, [1, 3]);
    assert.deepEqual(Array.from(scaled.read([1, 3, 6])), [-1, 0, 1, 0, 4, 0]);
    assert.deepEqual([scaled.name, scaled.entries, scaled.trainingsPerCode], ['standardised:counted', 2, 0.5]);
  });
});

describe('a code table that a user brings', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'codes-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (header: string, rows: string[]): string => {
    const file = path.join(folder, 'codes.csv');
    writeFileSync(file, [header, ...rows, ''].join('\n'));
    return file;
  };
  const row = (id: number, ...fields: (string | number)[]): string => [id, space.cells[id]!, ...fields].join();

  it('may cover some cells: equal networks share a code, the others have none', () => {
    const { representativeOf } = equalNetworks(space);
    const equal = all.find((id) => id > 976 && representativeOf[id] === representativeOf[976])!;
    const file = write('id,architecture,loss1,loss2,loss3,seconds,seed', [
      row(976, 2.3, 2.1, 1.9, 12.5, 7),
      row(0, 2.2, 2, 1.5, 11, 8),
    ]);
    const codes = loadCodes(nasBench201, file);
    assert.deepEqual([codes.name, codes.entries, codes.trainingsPerCode], [file, 3, 0.003]);
    assert.deepEqual(codes.read([0, 976, equal]), Float32Array.from([2.2, 2, 1.5, 2.3, 2.1, 1.9, 2.3, 2.1, 1.9]));
    assert.ok(codes.copied.includes(equal) && !codes.copied.includes(0) && codes.imputed.length === 0);
    assert.equal(codes.copied.length + codes.missing.length + 2, 15_625);
    assert.match(codes.recipe, /\d+ cells have the code of an equal network; \d+ cells have none/);
    assert.throws(
      () => codes.read([0, 1]),
      /found none for id 1, \|nor_conv_3x3~0.*, nor for an equal network; measure it/,
    );
    // Shuffling and standardising stay among the cells that have a code.
    for (const name of [`shuffled:${file}`, `standardised:${file}`]) {
      const changed = loadCodes(nasBench201, name);
      assert.deepEqual(changed.missing, codes.missing);
      assert.equal(changed.read([0, 976, equal]).filter(Number.isFinite).length, 9);
    }
  });

  it('may hold scores of any name and sign', () => {
    const file = write('id,arch,synflow,snip', [row(0, -3.5, 1e-9)]);
    const codes = loadCodes(nasBench201, `${file}:snip,synflow`);
    assert.deepEqual([codes.entries, codes.trainingsPerCode], [2, 0]);
    assert.deepEqual(codes.read([0]), Float32Array.from([1e-9, -3.5]));
    assert.throws(
      () => loadCodes(nasBench201, file),
      /line 1: found the columns id, arch, synflow, snip; expected some named loss1.*codes\.csv:column,column/,
    );
    assert.throws(
      () => loadCodes(nasBench201, `${file}:grasp`),
      /found the columns id, arch, synflow, snip; expected one named grasp/,
    );
  });

  it('may be joined with others in any order, wherever they come from', () => {
    const file = write('id,arch,a+b,c', [row(0, 1, 2)]);
    const costs = [...loadCodes(nasBench201, 'flops').read([0])];
    const plus = path.join(folder, 'a+b.csv');
    writeFileSync(plus, readFileSync(file));
    for (const [name, expected] of [
      [`flops+${file}:c`, [...costs, 2]],
      [`${file}:c+flops`, [2, ...costs]],
      [`${file}:c+${file}:c`, [2, 2]],
      [`${plus}:a+b`, [1]],
    ] as const)
      assert.deepEqual([...loadCodes(nasBench201, name).read([0])], expected, name);
    assert.equal(loadCodes(nasBench201, 'proxy-losses:12+flops').entries, 13);
    assert.equal(loadCodes(nasBench201, 'oracle-0.5:cifar100+flops').entries, 2);
  });

  it('is refused when a loss is none', () => {
    for (const [loss, found] of [
      ['', 'nothing'],
      ['NaN', '"NaN"'],
      ['-1', '"-1"'],
      ['Infinity', '"Infinity"'],
    ] as const) {
      const file = write('id,arch,loss1', [row(0, 1), row(1, loss)]);
      assert.throws(
        () => loadCodes(nasBench201, file),
        new RegExp(`line 3, column "loss1": found ${found}, expected a training loss`),
      );
    }
    assert.throws(() => loadCodes(nasBench201, './absent.csv'), /absent\.csv: cannot be read/);
  });
});
