import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { curvePoints, randomPoints, type CurvePoint } from '../lib/src/experiments/curve-rows';
import { figures } from '../lib/src/experiments/figures';
import { PAPER_FIGURE_6A, PAPER_FIGURE_6B, paperNumber } from '../lib/src/experiments/paper-numbers';
import { plannedRuns, runId, seedBlocks, seedsFrom, stackId, type Run } from '../lib/src/experiments/run';
import { loadRunData, tableHashes } from '../lib/src/experiments/run-data';
import { formatRecord, parseRecord, type RunRecord } from '../lib/src/experiments/run-record';
import { RunStore } from '../lib/src/experiments/run-store';
import { planStacks } from '../lib/src/experiments/stack-plan';
import type { Changes } from '../lib/src/search/method';
import { findMethod } from '../lib/src/search/methods';
import { siameseSettings, type SiameseSettings } from '../lib/src/search/siamese-settings';
import { Random } from '../lib/src/tensors/random';
import { canBeWithoutRights, withoutRights } from './without-rights';

const PLAN = {
  space: 'nas-bench-201',
  dataset: 'cifar100',
  label: 'mean',
  preset: 'official',
  codes: 'shuffled:proxy-losses',
  methods: ['predictor', 'siams+nsam+bts'],
  budgets: [30, 200],
  seeds: [1, 2, 3],
} as const;

const hashes = new Map<string, RunRecord['tables']>();
/** Read once for each code source. */
function hashesOf(run: Run): RunRecord['tables'] {
  const key = [run.space, run.dataset, run.codes].join();
  if (!hashes.has(key)) hashes.set(key, tableHashes(loadRunData(run)));
  return hashes.get(key)!;
}

/** A record as large as they become: 200 sampled cells, a best accuracy that rises often. */
function sampleRecord(run: Run): RunRecord {
  const random = new Random(run.seed, 'record');
  let best = 60;
  return {
    ...run,
    bestAccuracy: Array.from({ length: 200 }, () => {
      best += random.uniform() < 0.04 ? Math.round(random.uniform() * 1e4) / 1e4 : 0;
      return Math.round(best * 1e4) / 1e4;
    }),
    spearman: 0.8123,
    psp: 0.8122,
    kendall: 0.6123,
    deployedAccuracy: Array.from({ length: 200 }, () => 70),
    pool: [...random.sample(15625, run.budget)],
    scoredCells: 15620,
    codesUsed: 532,
    codesInTrainings: 1.596,
    seconds: 3.25,
    stack: 25,
    processorSeconds: 2.5,
    settings: findMethod(run.method, run).settings,
    tables: hashesOf(run),
    versions: {
      package: '0.1.0',
      sources: 'unknown',
      backend: 'TensorFlow 2.18.1 (CPU)',
      node: 'v20.20.2',
      threads: 1,
    },
    date: '2026-11-24',
  };
}

describe('runs', () => {
  it('are every method at every budget with every seed; methods without codes share their runs among sources', () => {
    const runs = plannedRuns(PLAN);
    assert.equal(runs.length, 12);
    assert.equal(new Set(runs.map(runId)).size, 12);
    assert.equal(new Set(runs.map(stackId)).size, 4);
    assert.deepEqual(
      new Set(runs.map(({ method, codes }) => `${method}: ${codes}`)),
      new Set(['predictor: none', 'siams+nsam+bts: shuffled:proxy-losses']),
    );
    assert.deepEqual(seedsFrom(5, 3), [5, 6, 7]);
    assert.deepEqual(seedBlocks(101, 5, 2), [[101, 102], [103, 104], [105]]);
  });

  it('are named by all that decides their result', () => {
    const [run] = plannedRuns(PLAN);
    const others: Partial<Run>[] = [
      { space: 'tiny-nas-bench-201' },
      { dataset: 'cifar10' },
      { label: 'one-trial' },
      { preset: 'paper' },
      { codes: 'flops' },
      { method: 'siams' },
      { budget: 40 },
      { seed: 9 },
      { changes: { efmValue: 'own' } },
    ];
    assert.equal(new Set([run!, ...others.map((other) => ({ ...run!, ...other }))].map(runId)).size, others.length + 1);
    const changed = { ...run!, changes: { heldBack: 0, checkpoint: 'last' } };
    assert.equal(runId(changed), runId({ ...run!, changes: { checkpoint: 'last', heldBack: 0 } }));
  });

  it('have the settings of preset, method and changes', () => {
    const changes = { efmValue: 'own', heldBack: 0, timing: 'paper' };
    const settings = findMethod('siams', { preset: 'official', changes }).settings as SiameseSettings;
    assert.equal(settings.predictor.branch, 'siamese');
    assert.equal(settings.predictor.nsam, false);
    assert.equal(settings.predictor.efmValue, 'own');
    assert.equal(settings.predictor.efmDirections, 2);
    assert.equal(settings.training.heldBack, 0);
    assert.equal(settings.training.loss, 'huber');
    assert.equal(settings.timing, 'paper');
  });

  const change = (changes: Changes) => () =>
    siameseSettings({ branch: 'siamese', nsam: false }, { preset: 'paper', changes });

  it('refuse changes of what is no option', () => {
    for (const name of ['efmVlue', 'branch', 'codeEntries', 'phases', 'toString'])
      assert.throws(
        change({ [name]: 'own' }),
        new RegExp(`there is no option ${name}; the options are .*efmValue, .*batch, .*timing`),
      );
  });

  it('refuse values that an option does not take, and presets and methods that there are none of', () => {
    const refusals: [changes: Changes, message: string][] = [
      [{ efmValue: 'owm' }, 'option efmValue takes "query" or "own", not "owm"'],
      [{ efmDirections: 3 }, 'option efmDirections takes 1 or 2, not 3'],
      [{ timing: true }, 'option timing takes "official" or "paper", not true'],
      [{ batch: '8' }, 'option batch takes a number, not "8"'],
    ];
    for (const [changes, message] of refusals) assert.throws(change(changes), { message });
    assert.throws(
      () => findMethod('siams', { preset: 'papre' }),
      /no preset is called "papre"; there are official, paper/,
    );
    assert.throws(() => findMethod('siam'), /no method is called "siam"; there are predictor, siams, /);
  });
});

describe('run records', () => {
  const runs = plannedRuns(PLAN);

  it('come back from their line as they were', () => {
    for (const run of runs) {
      const record = sampleRecord(run);
      assert.deepEqual(parseRecord(formatRecord(record)), record);
    }
  });

  it('are lines below 2.5 kB', () => {
    for (const run of runs) {
      const line = formatRecord(sampleRecord(run));
      assert.ok(line.length < 2500 && !line.includes('\n'), `${line.length}`);
    }
  });

  it('round to 4 decimals of a percent', () => {
    const record = { ...sampleRecord(runs[0]!), bestAccuracy: Array.from({ length: 200 }, () => 73.513333333) };
    assert.match(formatRecord(record), /"bestAccuracy":\[\[1,73.5133\]\]/);
  });

  it('say what is wrong with a line', () => {
    const line = formatRecord(sampleRecord(runs[0]!));
    assert.throws(() => parseRecord(line.slice(0, 50)), SyntaxError);
    assert.throws(() => parseRecord(line.replace('"budget":30', '"budget":"30"')), /field "budget"/);
    assert.throws(() => parseRecord(line.replace('"pool":', '"pond":')), /field "pool"/);
  });
});

describe('run store', () => {
  let folder: string;
  let store: RunStore;
  const runs = plannedRuns(PLAN);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runs-'));
    store = new RunStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds what is there and says what is missing', async () => {
    assert.deepEqual(store.find(runs), []);
    assert.equal(store.missing(runs).length, 12);
    const made = [7, 2].map((i) => sampleRecord(runs[i]!));
    await store.append(made);
    assert.deepEqual(store.find(runs), [made[1], made[0]]);
    assert.equal(store.missing(runs).length, 10);
    assert.deepEqual(store.missing([...runs, ...runs]), store.missing(runs)); // each once
    assert.deepEqual(store.missing([runs[7]!, { ...runs[7]!, changes: { loss: 'squared' } }]).length, 1);
  });

  it('passes over records of other settings, and counts them by reason', async () => {
    const record = sampleRecord(runs[0]!);
    const { training, ...rest } = record.settings as SiameseSettings;
    const edited = { ...record, settings: { ...rest, training: { ...training, loss: 'squared', batch: 4 } } };
    const corrected = { ...sampleRecord(runs[7]!), tables: { ...record.tables, codes: 'of another table' } };
    await store.append([edited, corrected]);
    const { found, missing, passedOver } = store.lookUp(runs);
    assert.deepEqual(found, []);
    assert.equal(missing.length, runs.length);
    assert.deepEqual(passedOver, { 'other settings (batch, loss)': 1, 'other codes': 1 });
    await store.append([record]);
    assert.deepEqual(store.find(runs), [record]); // the right one behind the wrong one
  });

  it('knows a table of codes by its contents, not by its path', async () => {
    const folderOf = (name: string): string => mkdtempSync(join(folder, name));
    const row = (i: number, loss: number) => `${i},${nasBench201.space().cells[i]!},${loss}`;
    const write = (file: string, losses: (i: number) => number): string => {
      writeFileSync(file, ['id,arch,loss1', ...Array.from({ length: 15625 }, (_, i) => row(i, losses(i)))].join('\n'));
      return file;
    };
    const here = write(join(folderOf('a'), 'mine.csv'), (i) => 1 + (i % 7));
    const there = write(join(folderOf('b'), 'mine.csv'), (i) => 1 + (i % 7));
    const [run] = plannedRuns({ ...PLAN, methods: ['siams'], codes: here });
    await store.append([sampleRecord(run!)]);
    assert.equal(store.find([run!]).length, 1);
    assert.equal(store.find([{ ...run!, codes: there }]).length, 1); // the same table by another path
    write(here, (i) => 1 + (i % 5));
    assert.deepEqual(store.lookUp([run!]).passedOver, { 'other codes': 1 });
  });

  it('keeps a file for each data set, label policy, preset and code source', async () => {
    await store.append([runs[0]!, runs[11]!, { ...runs[11]!, dataset: 'cifar10' as const }].map(sampleRecord));
    assert.deepEqual(readdirSync(folder).sort(), [
      'nas-bench-201_cifar100_mean_official_none.jsonl',
      'nas-bench-201_cifar100_mean_official_shuffled-proxy-losses.jsonl',
      'nas-bench-201_cifar10_mean_official_shuffled-proxy-losses.jsonl',
    ]);
  });

  it('counts a run that two processes have made once', async () => {
    await store.append([sampleRecord(runs[0]!)]);
    await store.append([{ ...sampleRecord(runs[0]!), seconds: 99 }]);
    assert.deepEqual(store.find(runs), [sampleRecord(runs[0]!)]);
  });

  it('does not count a torn line, and repairs it', async () => {
    await store.append([sampleRecord(runs[0]!)]);
    const file = store.file(runs[1]!);
    const whole = readFileSync(file, 'utf8');
    appendFileSync(file, formatRecord(sampleRecord(runs[1]!)).slice(0, -1));
    assert.equal(store.find(runs).length, 1);
    assert.deepEqual(await store.repair(), [file]);
    assert.equal(readFileSync(file, 'utf8'), whole);
    assert.deepEqual(await store.repair(), []);
    assert.equal(readFileSync(`${file}.torn`, 'utf8'), `${formatRecord(sampleRecord(runs[1]!)).slice(0, -1)}\n`);
  });

  it('counts a record that only lacks its newline, and gives it one', async () => {
    await store.append([sampleRecord(runs[0]!)]);
    const file = store.file(runs[1]!);
    appendFileSync(file, formatRecord(sampleRecord(runs[1]!)));
    assert.equal(store.find(runs).length, 2);
    assert.deepEqual(await store.repair(), []);
    await store.append([sampleRecord(runs[2]!)]);
    assert.equal(store.find(runs).length, 3);
  });

  it('leaves the files of other programs in its folder as they are', async () => {
    const others = {
      'chat.jsonl': '{"prompt":"a"}\n{"prompt":"b, the last"}',
      'one.jsonl': '{"only":"line of another program"}',
      'cut.jsonl': '{"half":"of a line',
      'notes.txt': 'no newline',
      'torn.json': '{',
    };
    for (const [name, text] of Object.entries(others)) writeFileSync(join(folder, name), text);
    mkdirSync(join(folder, 'folder.jsonl'));
    await store.append([sampleRecord(runs[0]!)]);
    assert.deepEqual(await store.repair(), []);
    for (const [name, text] of Object.entries(others)) assert.equal(readFileSync(join(folder, name), 'utf8'), text);
    assert.equal(readdirSync(folder).length, 7);
  });

  it('does not append to a file of another program that has the name of one of its own', async () => {
    const file = store.file(runs[0]!);
    writeFileSync(file, '{"prompt":"a"}');
    await assert.rejects(store.append([sampleRecord(runs[0]!)]), /none\.jsonl, line 1: found .*no run records/);
    assert.throws(() => store.find(runs), /none\.jsonl, line 1: found .*no run records/);
    assert.equal(readFileSync(file, 'utf8'), '{"prompt":"a"}');
  });

  it('says before any work that nothing can be kept', async () => {
    await assert.rejects(new RunStore('/dev/null/runs').repair(), /^Error: cannot write to \/dev\/null\/runs: ENOTDIR/);
  });

  it('says before any work that a file of its own is read-only, or that a folder has its name', async function () {
    this.timeout(60_000);
    const file = store.file(runs[0]!);
    mkdirSync(file);
    assert.throws(() => store.find(runs), /none\.jsonl: cannot be read \(it is a folder\); check the path/);
    rmSync(file, { recursive: true });
    if (!canBeWithoutRights) this.skip();
    await store.append([sampleRecord(runs[0]!)]);
    chmodSync(file, 0o444);
    const repair = `new it.RunStore(${JSON.stringify(folder)}).repair([${JSON.stringify(runs[0])}])`;
    assert.match(withoutRights('experiments/run-store.ts', repair), /cannot write .*none\.jsonl: no permission/);
  });

  it('names file and line of a line that is no record', async () => {
    await store.append([sampleRecord(runs[0]!)]);
    appendFileSync(store.file(runs[0]!), '<<<<<<< HEAD\n');
    assert.throws(() => store.find(runs), /none\.jsonl, line 2: no run record .*delete the line/);
  });
});

describe('stack plan', () => {
  const runs = plannedRuns({ ...PLAN, seeds: seedsFrom(1, 30) });

  it('covers every run once, in stacks of one point', () => {
    const stacks = planStacks(runs, 2, 25);
    assert.deepEqual(stacks.flatMap((stack) => stack.runs.map(runId)).sort(), runs.map(runId).sort());
    for (const stack of stacks) assert.equal(new Set(stack.runs.map(stackId)).size, 1);
    assert.deepEqual(new Set(stacks.map((stack) => stack.runs.length)), new Set([15]));
  });

  it('makes the first seeds of all points first, the costliest before the others', () => {
    const stacks = planStacks(runs, 2, 25);
    const points = stacks.map(({ runs: [run] }) => `${run!.method} ${run!.budget}`);
    assert.equal(points[0], 'siams+nsam+bts 200');
    assert.equal(new Set(points.slice(0, 4)).size, 4);
    const costs = stacks.map(({ training, ranking }) => training + ranking);
    for (const some of [costs.slice(0, 4), costs.slice(4)]) {
      assert.deepEqual(
        some,
        [...some].sort((a, b) => b - a),
      );
    }
    stacks.forEach(({ runs: [run] }, i) => assert.equal(run!.seed, i < 4 ? 1 : 16));
  });

  it('keeps all workers busy where there are few runs', () => {
    const point = runs.slice(0, 10);
    assert.deepEqual(
      planStacks(point, 4)
        .map((stack) => stack.runs.length)
        .sort(),
      [2, 2, 3, 3],
    );
  });
});

describe('curves', () => {
  it('are means over the repeats of a point at K', () => {
    const [run] = plannedRuns(PLAN);
    const records = [70, 72].map((accuracy, i) => ({
      ...sampleRecord({ ...run!, seed: i }),
      bestAccuracy: Array.from({ length: 200 }, (_, k) => accuracy + (k >= 29 ? 1 : 0)),
    }));
    const [{ interval, ...point }] = curvePoints(records, 30) as [CurvePoint];
    assert.deepEqual(point, {
      method: 'predictor',
      budget: 30,
      top: 30,
      x: 60,
      mean: 72,
      std: 1,
      deployed: 70,
      n: 2,
    });
    assert.deepEqual(interval, { low: 71, high: 73 }, 'of two repeats no mean lies outside of them');
    assert.equal(curvePoints(records.slice(1), 30)[0]!.interval, undefined, 'one repeat says nothing of others');
    assert.equal(curvePoints(records, 29)[0]!.mean, 71);
    assert.equal(randomPoints([1, 2, 3], [3])[0]!.mean, 3);
  });

  it("agree with themselves in the paper's pictures: 6a and 6b share the point N = 30, K = 30", () => {
    for (const method of figures.fig6.methods) {
      const [a, b] = [PAPER_FIGURE_6A, PAPER_FIGURE_6B].map((points) => paperNumber(points, method, 60)!);
      assert.ok(Math.abs(a! - b!) <= 0.08, `${method}: ${a} and ${b}`);
    }
    assert.equal(PAPER_FIGURE_6B.length, 64);
    assert.equal(paperNumber(PAPER_FIGURE_6B, 'siams+nsam+bts', 210), 74.25);
    assert.equal(paperNumber(PAPER_FIGURE_6B, 'random', 60), undefined);
  });
});
