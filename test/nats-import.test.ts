import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { archiveLossSources, writeArchiveLosses } from '../lib/src/benchmarks/nas-bench-201/archive-losses';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { NATS_LABELS, withNatsArchive } from '../lib/src/benchmarks/nas-bench-201/nats-benchmark';
import { importNats, recordFile, type NatsImport } from '../lib/src/benchmarks/nas-bench-201/nats-import';
import { readTrials, type NatsTrial } from '../lib/src/benchmarks/nas-bench-201/nats-tables';
import { type Benchmark } from '../lib/src/benchmarks/benchmark';
import { dataFile } from '../lib/src/files/data-file';
import { holdFile } from '../lib/src/files/hold-file';
import { readCellTable } from '../lib/src/tables/cell-table';

const whole = nasBench201.space();
/** So many cells that there are three parts. */
const CELLS = 230;
const space = { ...whole, name: 'the first cells', size: CELLS, ids: whole.ids.subarray(0, CELLS) };
space.cells = whole.cells.slice(0, CELLS);

const read = (file: string): string => readFileSync(file, 'utf8');
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

let folder: string;
let archive: string;
before(function () {
  folder = mkdtempSync(path.join(tmpdir(), 'nats-'));
  archive = path.join(folder, 'archive');
  const architectures = path.join(folder, 'architectures');
  writeFileSync(architectures, space.cells.join('\n'));
  const script = path.join(__dirname, 'write-nats-archive.py');
  const { status, error, stderr } = spawnSync('python3', [script, archive, architectures], { encoding: 'utf8' });
  if (error) {
    console.log(`      no python3 here (${error.message}), which writes the archive that is read`);
    this.skip();
  }
  assert.equal(status, 0, stderr);
});
after(() => rmSync(folder, { recursive: true }));

const importInto = (name: string, options: Partial<NatsImport> = {}): ReturnType<typeof importNats> =>
  importNats({ folder: archive, output: path.join(folder, name), space, workers: 1, keepGoing: false, ...options });

/** A copy of the archive with some files changed. */
function spoilt(name: string, changes: Record<string, (file: string) => void>): string {
  const copy = path.join(folder, name);
  spawnSync('cp', ['-r', archive, copy]);
  for (const [file, change] of Object.entries(changes)) change(path.join(copy, file));
  return copy;
}

describe("an import of NATS-Bench's archive", () => {
  const accuracy = (cell: number, dataset: string, split: string, last: number, seed: number): number =>
    ((cell * 31 + dataset.length * 17 + split.length * 7 + last + seed) % 9000) / 90;

  it('gives every trial of every cell, and nothing else', async () => {
    const { files, cells, failures } = await importInto('complete', { workers: 2 });
    assert.deepEqual([cells, failures], [CELLS, []]);
    const trials = readTrials(files.trials);
    assert.equal(trials.size, CELLS);
    const theirs = {
      'cifar10-valid': 'cifar10-valid',
      cifar10: 'cifar10',
      cifar100: 'cifar100',
      imagenet16: 'ImageNet16-120',
    };
    for (const [cell, all] of trials) {
      assert.equal(all.length, 4 * (1 + 1 + (cell % 3)));
      for (const { dataset, epochs, seed, train, valid, test } of all) {
        const name = theirs[dataset];
        const close = (found: number, split: string): void =>
          assert.ok(Math.abs(found - accuracy(cell, name, split, epochs - 1, seed)) < 1e-6);
        close(train, 'train');
        close(test, dataset === 'cifar100' || dataset === 'imagenet16' ? 'x-test' : 'ori-test');
        if (dataset === 'cifar10') assert.equal(valid, undefined);
        else close(valid!, 'x-valid');
      }
    }
    assert.ok(!existsSync(path.join(folder, 'complete', 'parts')));
  });

  it('gives the losses of all 200 epochs', async () => {
    const { files } = await importInto('complete');
    const [header, ...rows] = read(files.curves).trimEnd().split('\n');
    assert.equal(header!.split(',').length, 4 + 200);
    assert.equal(
      rows.length,
      space.cells.reduce((sum, _, cell) => sum + 4 * (1 + (cell % 3)), 0),
    );
    const [id, , dataset, seed, ...losses] = rows.at(-1)!.split(',');
    assert.deepEqual([id, dataset, seed, losses.length], ['229', 'imagenet16', '999', 200]);
    losses.forEach((text, epoch) => {
      const loss = ((229 * 13 + 'ImageNet16-120'.length * 5 + 999) % 100) / 50 + 3 / (epoch + 1);
      assert.ok(Math.abs(Number(text) - loss) < 1e-6, `epoch ${epoch}: ${text}, expected ${loss}`);
    });
  });

  it('goes on after it was stopped, with the same tables in the end', async () => {
    const third = recordFile(215);
    const damaged = spoilt('stopped', { [third]: (file) => truncateSync(file, 1000) });
    await assert.rejects(importInto('resumed', { folder: damaged }), (error: Error) => {
      assert.match(error.message, new RegExp(`${third}: ends too early: it was cut short; .*--keep-going`));
      return true;
    });
    copyFileSync(path.join(archive, third), path.join(damaged, third));
    const told: number[][] = [];
    await importInto('resumed', {
      folder: damaged,
      report: ({ done, total, before }) => told.push([done, total, before]),
    });
    assert.deepEqual(told, [[0, 30, 200], [30, 30, 200]]); // prettier-ignore
    await importInto('complete');
    for (const table of ['trials.csv', 'curves.csv']) {
      assert.equal(read(path.join(folder, 'resumed', table)), read(path.join(folder, 'complete', table)));
    }
  });

  it('reads nothing again when it is complete', async () => {
    await importInto('complete');
    const { cells } = await importInto('complete', { folder: '/nowhere' });
    assert.equal(cells, CELLS);
  });

  it('reads the archive again when one of its tables is gone', async () => {
    const { files } = await importInto('lost');
    const curves = read(files.curves);
    rmSync(files.curves);
    await importInto('lost');
    assert.equal(read(files.curves), curves);
  });

  it('lets no second import into the same folder', async () => {
    const output = path.join(folder, 'held');
    const held = await holdFile(path.join(output, 'trials.csv'), '');
    await assert.rejects(importInto('held'), /held.*trials\.csv: another process is writing .* wait for it/);
    await held.release();
  }).timeout(60_000);

  it('names each file that is damaged, cut short, foreign or missing, and goes on with the others if told to', async () => {
    const evil =
      'import bz2,sys;open(sys.argv[1],"wb").write(bz2.compress(b"\\x80\\x04\\x8c\\x05posix\\x8c\\x06system\\x93."))';
    const bad = spoilt('bad', {
      [recordFile(3)]: (file) => {
        const bytes = readFileSync(file);
        bytes[bytes.length >> 1]! ^= 8;
        writeFileSync(file, bytes);
      },
      [recordFile(4)]: (file) => truncateSync(file, 3000),
      [recordFile(5)]: (file) => writeFileSync(file, 'a letter to my aunt'),
      [recordFile(6)]: (file) => copyFileSync(path.join(archive, recordFile(7)), file),
      [recordFile(8)]: (file) => void spawnSync('python3', ['-c', evil, file]),
      [recordFile(9)]: (file) => rmSync(file),
      [recordFile(10)]: (file) => rmSync(file),
      [recordFile(11)]: (file) => copyFileSync(path.join(archive, 'meta.pickle.pbz2'), file),
      [recordFile(15000)]: (file) => writeFileSync(file, ''),
    });
    const { files, cells, failures } = await importInto('left', { folder: bad, keepGoing: true });
    assert.equal(cells, CELLS - 8);
    const reasons = Object.fromEntries(failures.map(({ file, reason }) => [path.basename(file), reason]));
    const expected: Record<string, RegExp> = {
      [recordFile(3)]: /^is damaged: its check sum does not fit$/,
      [recordFile(4)]: /^ends too early/,
      [recordFile(5)]: /^is not bzip2$/,
      [recordFile(6)]: /^is of cell 7, .*, expected cell 6, /,
      [recordFile(8)]: /at byte \d+ found the name "posix system".*nothing was executed/,
      [recordFile(9)]: /^is missing, and 1 more/,
      [recordFile(11)]: /^the record: has no "12"$/,
      [recordFile(15000)]: /^is no cell of/,
    };
    assert.deepEqual(Object.keys(reasons).sort(), Object.keys(expected).sort());
    for (const [file, pattern] of Object.entries(expected)) assert.match(reasons[file]!, pattern);
    const trials = readTrials(files.trials);
    assert.deepEqual([3, 4, 5, 6, 8, 9, 10, 11].filter((id) => trials.has(id)), []); // prettier-ignore

    // Put right, it reads the part that was not complete.
    let total = 0;
    const whole = await importInto('left', { keepGoing: true, report: (progress) => (total = progress.total) });
    assert.deepEqual([total, whole.cells, whole.failures], [100, CELLS, []]);
  });

  it('stops before any reading where files are missing or the order is another one', async () => {
    const gap = spoilt('gap', { [recordFile(100)]: (file) => rmSync(file) });
    await assert.rejects(importInto('none', { folder: gap }), /000100\.pickle\.pbz2: is missing; .*--keep-going/);
    const other = { ...space, cells: space.cells.map((cell, i) => (i === 4 ? space.cells[5]! : cell)) };
    await assert.rejects(
      importInto('none', { space: other, keepGoing: true }),
      /meta\.pickle\.pbz2: found .* as cell 4 of 230, expected .* another archive/,
    );
    await assert.rejects(importInto('none', { folder: tmpdir() }), /expected the unpacked folder of NATS-Bench/);
  });
});

describe('a benchmark with an imported archive', () => {
  let output: string;
  let trials: Map<number, NatsTrial[]>;
  const base: Benchmark = { ...nasBench201, codes: {} };
  before(async () => {
    const { files } = await importInto('complete');
    output = path.join(folder, 'complete');
    trials = readTrials(files.trials);
    await writeArchiveLosses(files.curves, output);
  });
  const testsOf = (id: number, dataset: string): NatsTrial[] =>
    trials.get(id)!.filter((trial) => trial.dataset === dataset && trial.epochs === 200);

  it('has the means of test and validation accuracies of the right trainings', () => {
    const { accuracies, labels } = withNatsArchive(base, output, 0);
    const table = readCellTable(accuracies, space);
    for (const [dataset, validatedOn] of [
      ['cifar10', 'cifar10-valid'],
      ['cifar100', 'cifar100'],
      ['imagenet16', 'imagenet16'],
    ] as const) {
      // prettier-ignore
      const test = table.column(labels['validation']!.score(dataset));
      const valid = table.column(labels['validation']!.label(dataset));
      assert.deepEqual(table.column(labels['mean']!.label(dataset)), test);
      for (const id of space.ids) {
        assert.ok(Math.abs(test[id]! - mean(testsOf(id, dataset).map((trial) => trial.test))) < 1e-6);
        assert.ok(Math.abs(valid[id]! - mean(testsOf(id, validatedOn).map((trial) => trial.valid!))) < 1e-6);
      }
    }
  });

  it('draws a trial of each cell from the label seed, evenly, and keeps the draw', () => {
    const column = NATS_LABELS['random-trial'].label('cifar100');
    assert.equal(NATS_LABELS['random-trial'].score('cifar100'), column);
    const draw = (seed: number): { test: Float64Array; drawn: Float64Array } => {
      const table = readCellTable(withNatsArchive(base, output, seed).accuracies, space);
      return { test: table.column(column), drawn: table.column('cifar100_drawn_seed') };
    };
    const [first, second] = [draw(1), draw(2)];
    for (const id of space.ids) {
      const trial = testsOf(id, 'cifar100').find(({ seed }) => seed === first.drawn[id])!;
      assert.ok(Math.abs(trial.test - first.test[id]!) < 1e-6, `id ${id}`);
    }
    const ofThree = Array.from(space.ids).filter((id) => id % 3 === 2); // 76 cells with three trials
    const counts = [777, 888, 999].map((seed) => ofThree.filter((id) => first.drawn[id] === seed).length);
    assert.ok(counts.every((count) => count > 12), counts.join()); // prettier-ignore
    const moved = ofThree.filter((id) => first.drawn[id] !== second.drawn[id]).length;
    assert.ok(moved > 30, `${moved} of ${ofThree.length} drawn anew by another seed`);
  });

  it("has the first losses of the training with each cell's smallest seed as codes", () => {
    const sources = withNatsArchive(base, output, 0).codes;
    assert.deepEqual(Object.keys(sources), Object.keys(archiveLossSources(output)));
    const { file, columns, trainingsPerEntry } = sources['archive-losses-cifar100']!;
    assert.equal(trainingsPerEntry * columns.length, 0.015);
    const table = readCellTable(file, space);
    const losses = columns.map((column) => table.column(column));
    const seeds = table.column('cifar100_seed');
    for (const id of space.ids) {
      const seed = Math.min(...testsOf(id, 'cifar100').map((trial) => trial.seed));
      assert.equal(seeds[id], seed);
      losses.forEach((loss, epoch) => {
        const expected = ((id * 13 + 'cifar100'.length * 5 + seed) % 100) / 50 + 3 / (epoch + 1);
        assert.ok(Math.abs(loss[id]! - expected) < 1e-6);
      });
    }
  });

  it('says how to get an import where there is none', () => {
    assert.throws(() => withNatsArchive(base, '/nowhere', 0), /trials\.csv: is missing; .*npm run import -- nats/);
  });
});

describe('three records of the real archive', () => {
  const sample = path.join(__dirname, '../../shared/data/nats-bench-sample');
  const ids = [0, 11, 284];
  let trials: Map<number, NatsTrial[]>;
  before(async function () {
    if (!existsSync(sample)) {
      console.log(`      no ${sample} here, which has the records`);
      return this.skip();
    }
    const options = { folder: sample, output: path.join(folder, 'real'), space: whole, workers: 1, keepGoing: true };
    const { files, cells, failures } = await importNats(options);
    assert.deepEqual([cells, failures.length], [3, 1]); // all that is missing is one failure
    trials = readTrials(files.trials);
  });

  it("are, to the digit, what the benchmark's table has of these cells", () => {
    const table = readCellTable(dataFile('nas-bench-201/accuracies.csv'), whole);
    const of = (id: number, dataset: string, epochs: number): NatsTrial[] =>
      trials.get(id)!.filter((trial) => trial.dataset === dataset && trial.epochs === epochs);
    for (const id of ids) {
      for (const dataset of ['cifar10', 'cifar100', 'imagenet16']) {
        const tests = of(id, dataset, 200).map(({ test }) => test);
        assert.equal(tests.length, 3);
        assert.equal(mean(tests).toFixed(4), table.column(`${dataset}_test`)[id]!.toFixed(4));
        const one = table.column(`${dataset}_test_one_trial`)[id]!.toFixed(4);
        assert.ok(tests.some((test) => test.toFixed(4) === one), `${one} of ${tests.join()}`); // prettier-ignore
      }
      for (const dataset of ['cifar10', 'cifar100']) {
        const [short] = of(id, dataset, 12);
        assert.equal(short!.test.toFixed(2), table.column(`${dataset}_test_12`)[id]!.toFixed(2));
      }
    }
  });

  it("show that the table's `cifar10_valid` is a test accuracy of a training on half of the images", () => {
    const column = readCellTable(dataFile('nas-bench-201/accuracies.csv'), whole).column('cifar10_valid');
    for (const id of ids) {
      const halves = trials.get(id)!.filter(({ dataset, epochs }) => dataset === 'cifar10-valid' && epochs === 200);
      const value = column[id]!.toFixed(2);
      assert.equal(value, halves.find(({ seed }) => seed === 888)!.test.toFixed(2));
      assert.ok(halves.every(({ valid }) => valid!.toFixed(2) !== value));
      assert.notEqual(mean(halves.map(({ valid }) => valid!)).toFixed(2), value);
    }
  });
});
