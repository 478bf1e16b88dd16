import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { tinyNanoBench } from '../lib/src/benchmarks/tiny-nano-bench/tiny-nano-bench';
import { networkOf } from '../lib/src/benchmarks/network-of';
import { countMacs } from '../lib/src/convnet/network';
import { learningRate } from '../lib/src/convnet/train-network';
import { trainTruth, truthSeed } from '../lib/src/priors/train-truth';
import { truthEpochs, truthImages, truthRecipe } from '../lib/src/priors/truth-recipes';
import { truthStore, type Truth } from '../lib/src/priors/truth-store';
import { syntheticImages } from './tiny-codes';
import { measureTinyTruth, tinyTruthRecipe } from './tiny-truth';

const space = nasBench201.space();
const files = truthStore(2, space);
const IMAGES = { images: syntheticImages(160), test: { ...syntheticImages(160), count: 38 } };

describe('learning rate', () => {
  it('stays, unless it is told to rise or fall', () => {
    const phase = { epochs: 1, rate: 0.1 };
    assert.deepEqual(
      [0, 5, 9].map((step) => learningRate(phase, step, 10)),
      [0.1, 0.1, 0.1],
    );
  });

  it('rises in a line and falls along half a cosine', () => {
    const phase = { epochs: 1, rate: 0.8, warmUp: 0.3, decay: 'cosine' } as const;
    const rates = Array.from({ length: 10 }, (_, step) => learningRate(phase, step, 10));
    const expected = [0.2, 0.4, 0.6, ...[0, 1, 2, 3, 4, 5, 6].map((i) => 0.4 * (1 + Math.cos((Math.PI * i) / 7)))];
    rates.forEach((rate, i) => assert.ok(Math.abs(rate - expected[i]!) < 1e-12, `${rates.join(' ')}`));
  });
});

describe('ground truth', () => {
  const network = networkOf(nasBench201, 0, tinyTruthRecipe.network);

  it('is the accuracy of a network that has learnt, and depends on the seed alone', () => {
    const recipe = { ...tinyTruthRecipe, phases: [{ epochs: 12, rate: 3e-3, decay: 'cosine' as const }] };
    // 38 is no multiple of the batch: the last one is filled up.
    const { accuracy, losses, diverged, seconds } = trainTruth(network, recipe, IMAGES, 1);
    assert.equal(losses.length, 12);
    assert.ok(losses.at(-1)! < 0.75 * losses[0]!, `losses ${losses.join(' ')}`);
    assert.ok(accuracy > 30 && accuracy <= 100 && Math.abs((accuracy * 38) / 100 - Math.round((accuracy * 38) / 100)) < 1e-9); // prettier-ignore
    assert.ok(!diverged && seconds > 0);
    const again = trainTruth(network, recipe, IMAGES, 1);
    assert.deepEqual([again.accuracy, again.losses], [accuracy, losses]);
    assert.notDeepEqual(trainTruth(network, recipe, IMAGES, 2).losses, losses);
    assert.notEqual(truthSeed(0, 5), truthSeed(0, 6));
    assert.notEqual(truthSeed(0, 5), truthSeed(1, 5));
  });

  it('says when a training has diverged', () => {
    const recipe = { ...tinyTruthRecipe, phases: [{ epochs: 3, rate: Infinity }] };
    const { accuracy, diverged } = trainTruth(network, recipe, IMAGES, 1);
    assert.deepEqual([accuracy, diverged], [NaN, true]);
  });

  it('has the authors’ recipe (protocol §7.5)', function () {
    this.timeout(120_000);
    const official = truthRecipe('official')!;
    assert.deepEqual(official.phases, [
      { epochs: 40, rate: 1e-2 },
      { epochs: 30, rate: 1e-3 },
      { epochs: 10, rate: 1e-4 },
    ]);
    assert.deepEqual([official.batch, truthEpochs(official)], [128, 80]);
    assert.deepEqual(official.augmentation, { geometry: 'official', mixup: 0.5, labelSmoothing: 0.01 });
    const cifar = { train: syntheticImages(128), test: syntheticImages(20) };
    assert.equal(truthImages(official, cifar).images, cifar.train);
    // A step of each phase, on the whole network.
    const whole = networkOf(nasBench201, 0, official.network);
    assert.equal(countMacs(whole) / 1e6, space.cost(0, 'cifar10').mflops);
    const short = { ...official, phases: official.phases.map((phase) => ({ ...phase, epochs: 1 })) };
    const { losses, accuracy } = trainTruth(whole, short, truthImages(official, cifar), 1);
    assert.equal(losses.length, 3);
    assert.ok(losses.every((loss) => loss > 0.5 && loss < 20) && accuracy >= 0, losses.join(' '));
  });
});

describe('network of another size', () => {
  it('is the benchmark’s own at full size, and smaller where it is told to be', () => {
    for (const benchmark of [nasBench201, tinyNanoBench]) {
      for (const position of [0, 700]) {
        const full = networkOf(benchmark, position, 'full');
        const same = networkOf(benchmark, position, { width: 1, imageSize: 32 });
        assert.deepEqual({ ...same, norm: full.norm }, full);
        const half = networkOf(benchmark, position, { width: 1 / 2, imageSize: 16 });
        assert.deepEqual([half.maps[0]!.size, half.layers.length], [16, full.layers.length]);
        assert.equal(half.maps[half.features]!.channels, full.maps[full.features]!.channels / 2);
        const shallow = networkOf(benchmark, position, { width: 1, cells: 1, imageSize: 32 });
        assert.ok(shallow.layers.length < full.layers.length);
      }
    }
    assert.throws(
      () => networkOf({ ...nasBench201, networks: undefined }, 0, 'full'),
      /NAS-Bench-201 .*nothing of them can be measured/,
    );
  });
});

describe('truth store', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'truth-'));
    file = path.join(folder, 'deep', 'truth.csv');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const truth = (id: number, changes: Partial<Truth> = {}): Truth => ({
    id,
    architecture: space.cells[id]!,
    accuracy: 61.25,
    losses: [2.1, 1.9],
    seconds: 30.126,
    seed: 0,
    provenance: '0.1.0+abc',
    ...changes,
  });
  const fill = async (name: string, ...truths: Truth[]): Promise<void> => {
    const store = await files.open(name);
    for (const one of truths) await store.add(one);
    await store.close();
  };

  it('goes on in a file whose rows say less of what measured them', async () => {
    const whole = '0.1.0+7ba804c869391234; commit 6a64d39c0ffe; AVX-512; 1 thread';
    await fill(file, truth(4, { provenance: '0.1.0+7ba804c86939' }));
    const before = readFileSync(file, 'utf8');
    await fill(file, truth(9, { provenance: whole }), truth(4, { provenance: whole }));
    assert.deepEqual(
      [...files.read(file).values()].map(({ id, provenance }) => [id, provenance]),
      [[4, '0.1.0+7ba804c86939'], [9, whole]], // prettier-ignore
    );
    assert.ok(readFileSync(file, 'utf8').startsWith(before));
  });

  it('keeps a line a cell and reads it back', async () => {
    await fill(file, truth(5), truth(7, { accuracy: 10 }));
    assert.equal(
      readFileSync(file, 'utf8').split('\n')[1],
      `5,${space.cells[5]!},61.25,2.100000,1.900000,30.13,0,0.1.0+abc`,
    );
    assert.deepEqual([...files.read(file).values()], [truth(5, { seconds: 30.13 }), truth(7, { accuracy: 10, seconds: 30.13 })]); // prettier-ignore
  });

  it('refuses files of something else without changing them, and contradictions', async () => {
    await fill(file, truth(5));
    await assert.rejects(truthStore(3, space).open(file), /line 1: found .*loss2,seconds.*expected .*loss3,seconds/);
    const foreign = path.join(folder, 'notes.txt');
    writeFileSync(foreign, 'a line\nan unfinished one');
    await assert.rejects(files.open(foreign), /notes\.txt/);
    assert.equal(readFileSync(foreign, 'utf8'), 'a line\nan unfinished one');
    const other = path.join(folder, 'other.csv');
    await fill(other, truth(5, { accuracy: 61.26 }), truth(6));
    await assert.rejects(files.merge([other], file), /id 5/);
    assert.equal(files.read(file).size, 1);
  });

  it('refuses cells of another space and impossible numbers, before anything is written', async () => {
    await fill(file, truth(5));
    const other = path.join(folder, 'other.csv');
    const nano = tinyNanoBench.space();
    assert.throws(
      () => truthStore(2, nano).read(file),
      /truth\.csv, line 2: found .*of tiny-nano-bench; name the space .*--space/,
    );
    const [head, row] = readFileSync(file, 'utf8').split('\n') as [string, string];
    const wrong = {
      [row.replace(space.cells[5]!, space.cells[6]!)]:
        /found ".*", expected ".*", which is the cell with id 5 of nas-b/,
      [row.replace(/^5/, '99999')]: /found id 99999, expected the id of one of the 15625 cells of nas-bench-201/,
      [row.replace(/^5/, '-5')]: /found id -5, expected the id/,
      [row.replace(/^5/, '1.5')]: /found id 1\.5, expected the id/,
      [row.replace('61.25', '154.76')]: /found an accuracy of 154\.76, expected percent, from 0 to 100; correct or/,
      [row.replace('61.25', '-1')]: /found an accuracy of -1,/,
    };
    for (const [line, message] of Object.entries(wrong)) {
      writeFileSync(other, `${head}\n${line}\n`);
      const output = path.join(folder, 'none', 'output.csv');
      for (const refused of [
        () => files.merge([other], output),
        () => files.merge([file], other),
        () => files.open(other),
      ]) {
        await assert.rejects(refused(), message);
        await assert.rejects(refused(), /other\.csv, line 2: /);
      }
      assert.ok(!existsSync(path.dirname(output)));
      assert.equal(readFileSync(other, 'utf8'), `${head}\n${line}\n`);
    }
    // A part of a space may look up its cells in a table of the whole, and takes no others into its own.
    const part = tinyNasBench201.space();
    assert.ok(!part.ids.includes(5));
    assert.deepEqual([...truthStore(2, part).read(file).keys()], [5]);
    await assert.rejects(truthStore(2, part).open(file), /found id 5, expected the id of one of the .* of tiny-nas-b/);
  });

  it('merges what the seed and the engine asked for have made, and refuses the rest', async () => {
    const [own, torch] = ['own.csv', 'torch.csv'].map((name) => path.join(folder, name)) as [string, string];
    await fill(own, truth(5));
    await fill(torch, truth(6, { provenance: '0.1.0+abc; PyTorch 2.11.0; NVIDIA H200; bfloat16' }));
    await assert.rejects(
      files.merge([own], file, { seed: 3 }),
      /own\.csv, line 2: found seed 0, expected seed 3; give the options .*\(--seed, --pytorch\), or leave the file out/,
    );
    await assert.rejects(
      files.merge([torch], file, { seed: 0 }),
      /torch\.csv, line 2: found seed 0 in PyTorch, expected seed 0; /,
    );
    await assert.rejects(files.merge([own], own, { seed: 3 }), /own\.csv is to have .* of seed 3, and/);
    assert.ok(!existsSync(file));
    assert.equal((await files.merge([torch], file, { seed: 0, pytorch: true })).added, 1);
  });

  it('shows what differs where two trainings have the same accuracy', async () => {
    await fill(file, truth(5));
    const other = path.join(folder, 'other.csv');
    await fill(other, truth(5, { losses: [2.1, 1.8] }));
    await assert.rejects(
      files.merge([other], file),
      /found id 5: 61\.25 %, loss2 1\.800000 \(seed 0\), and .* id 5: 61\.25 %, loss2 1\.900000 \(seed 0\): they contra/,
    );
  });

  it('measures the same when killed and started again, and when shared out', async function () {
    this.timeout(120_000);
    const results = (name: string): unknown[] =>
      [...files.read(name).values()]
        .sort((a, b) => a.id - b.id)
        .map(({ id, accuracy, losses, seed }) => [id, accuracy, losses, seed]);
    const positions = [0, 1, 2, 3, 4, 5];
    const whole = path.join(folder, 'whole.csv');
    assert.deepEqual(await measureTinyTruth(whole, positions, { workers: 2 }), { complete: true, diverged: [] });
    assert.equal(results(whole).length, 6);

    const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'tiny-truth.ts'), file, '6']);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        if (/[2-9]\n$/.test(text.toString())) child.kill('SIGKILL');
      });
      child.on('exit', () => resolve());
    });
    const kept = results(file).length;
    assert.ok(kept >= 2 && kept < 6, `${kept} cells were there after the kill`);
    const reports: number[][] = [];
    const report = ({ done, total, before }: Record<'done' | 'total' | 'before', number>) =>
      reports.push([done, total, before]);
    await measureTinyTruth(file, positions, { report });
    assert.deepEqual(reports[0], [0, 6 - kept, kept]);
    assert.deepEqual(results(file), results(whole));

    const shards = [0, 1].map((part) => path.join(folder, `shard${part}.csv`));
    for (const [part, shard] of shards.entries()) {
      await measureTinyTruth(
        shard,
        positions.filter((i) => i % 2 === part),
      );
    }
    const merged = path.join(folder, 'merged.csv');
    await files.merge(shards, merged);
    assert.deepEqual(results(merged), results(whole));
  });

  it('asks for no images where nothing is missing, and refuses a file of another seed', async () => {
    await fill(file, truth(0, { seed: 3 }));
    const loadImages = () => Promise.reject(new Error('images were asked for'));
    assert.deepEqual(await measureTinyTruth(file, [0], { loadImages }), { complete: true, diverged: [] });
    await assert.rejects(measureTinyTruth(file, [0, 1], { loadImages }), /images were asked for/);
    await assert.rejects(measureTinyTruth(file, [0], { seed: 4 }), /of seed 4, and .*line 2 has seed 3/);
  });

  it('names the cells whose training diverged', async () => {
    const recipe = { ...tinyTruthRecipe, phases: [{ epochs: 2, rate: Infinity }] };
    assert.deepEqual(await measureTinyTruth(file, [2], { recipe }), { complete: true, diverged: [2] });
    assert.equal(files.read(file).size, 0);
  });
});

describe('npm run truth', () => {
  const script = path.join(__dirname, '../lib/src/cli/truth.ts');
  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...args]);

  it('merges by its options', async function () {
    this.timeout(120_000);
    const folder = mkdtempSync(path.join(tmpdir(), 'truth-'));
    const [part, output] = [path.join(folder, 'part.csv'), path.join(folder, 'output.csv')];
    const provenance = '0.1.0+7ba804c869391234; PyTorch 2.11.0; cpu; float32';
    writeFileSync(
      part,
      `id,architecture,accuracy,loss1,seconds,seed,provenance\n5,${space.cells[5]!},61.25,2.100000,3.00,0,${provenance}\n`,
    );
    const merge = (name: string, ...more: string[]) => run('merge', '--space', name, part, '--file', output, ...more);
    await assert.rejects(merge('nas-bench-201'), /found seed 0 in PyTorch, expected seed 0; /);
    await assert.rejects(merge('nas-bench-201', '--pytorch', '--seed', '3'), /expected seed 3 in PyTorch; /);
    await assert.rejects(merge('tiny-nano-bench', '--pytorch'), /part\.csv, line 2: found .*--space/);
    assert.ok(!existsSync(output));
    assert.match((await merge('nas-bench-201', '--pytorch')).stdout, /output\.csv: 1 cells, 1 of them new/);
    rmSync(folder, { recursive: true });
  });

  it('refuses wrong use with exit code 2 and one line', async function () {
    this.timeout(120_000);
    for (const [args, expected] of [
      [[], /required option '--space <name>' not specified/],
      [['--space', 'other'], /Allowed choices are .*tiny-nas-bench-201/],
      [
        ['--space', 'nas-bench-201', '--recipe', 'official', '--cells', 'best'],
        /cells "best": expected one of all, unique/,
      ],
      [
        ['--space', 'nas-bench-201', '--recipe', 'other'],
        /"other" is none of reduced, official, .* with -long behind it/,
      ],
      [['pilot', '--space', 'tiny-nano-bench', '--against', 'mine.csv'], /the name of a table has to begin with/],
      [['pilot', '--space', 'tiny-nano-bench', '--against', 'official.csv'], /official.csv: there is no such file/],
    ] as const) {
      const failed = await run(...args).then(
        () => assert.fail('it went through'),
        (error: { code: number; stderr: string }) => error,
      );
      assert.equal(failed.code, 2);
      assert.match(failed.stderr, expected);
      assert.equal(failed.stderr.trim().split('\n').length, 1);
    }
    assert.match((await run('--help')).stdout, /Recipes .*\n +reduced: .*\n +official: the authors’ training/);
  });
});
