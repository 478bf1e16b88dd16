import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Context } from 'mocha';
import { mean } from 'simple-statistics';
import { parseCell } from '../lib/src/benchmarks/nas-bench-201/cell';
import { CELL_NETWORKS, cellNetwork } from '../lib/src/benchmarks/nas-bench-201/cell-network';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { parseNanoCell } from '../lib/src/benchmarks/tiny-nano-bench/cell-string';
import { NANO_NETWORKS, nanoNetwork } from '../lib/src/benchmarks/tiny-nano-bench/nano-network';
import { addImagePlainly, cropShiftResize } from '../lib/src/convnet/augmentation';
import { initialParameters, initialStatistics } from '../lib/src/convnet/engine';
import { nativeEngine } from '../lib/src/convnet/native-engine';
import { liveLayers, type Network } from '../lib/src/convnet/network';
import { IMAGE_BYTES } from '../lib/src/images/cifar10';
import { codeStore } from '../lib/src/priors/code-store';
import { truthStore } from '../lib/src/priors/truth-store';
import { Random } from '../lib/src/tensors/random';
import { measureTiny, syntheticImages } from './tiny-codes';
import { measureTinyTruth, tinyTruthRecipe } from './tiny-truth';
import { assertMixupShares } from './mixup-shares';

const SMALL = { channels: 8, cellsPerStage: 1, imageSize: 8 };
const nano = (cell: string): Network =>
  nanoNetwork(parseNanoCell(cell), { ...NANO_NETWORKS.paper, channels: 8, cellsPerBlock: [1, 2, 1], imageSize: 16 });
const nas = (cell: string, options = CELL_NETWORKS.reduced): Network =>
  cellNetwork(parseCell(cell), { ...options, ...SMALL });
const EVERYTHING = '|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|';

/** Networks that have every layer between them. */
const NETWORKS: Record<string, Network> = {
  'NAS-Bench-201': nas(EVERYTHING),
  'NAS-Bench-201, as the authors halve': nas(EVERYTHING, CELL_NETWORKS.official),
  'NAS-Bench-201, a cell that gives zeros': nas('|none~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|'),
  'Tiny-NanoBench, split and attention': nano('input|conv1x1~0|split~1|dwconv3x3~2|atten~2|output~3~4'),
  'Tiny-NanoBench, expansion': nano('input|expand~0|dwconv3x3~1|output~2'),
};
const BATCH = 4;
/** Cells whose codes are measured. */
const CELLS = 12;

let python: string | undefined;

/** Looks for a Python that has PyTorch; without one the suite is skipped. */
function needPytorch(suite: Context): void {
  python ??= ['python3', '/usr/bin/python3'].find((program) => spawnSync(program, ['-c', 'import torch']).status === 0);
  if (python === undefined) suite.skip();
}

/** What lib/tools answers in PyTorch, one list for each question (see in_pytorch.py). */
function ask(...questions: object[]): number[][] {
  const plain = (_: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value;
  const options = { input: JSON.stringify(questions, plain), encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const { stdout, stderr } = spawnSync(python!, [path.join(__dirname, 'in_pytorch.py')], options);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as number[][];
}

function assertClose(actual: readonly number[], expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  const largest = Array.from(expected).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  assert.ok(largest > 0.01, `the largest is ${largest}`);
  actual.forEach((value, i) => {
    const off = Math.abs(value - expected[i]!);
    assert.ok(off <= tolerance * largest, `[${i}]: ${value} is not ${expected[i]}, the largest ${largest}`);
  });
}

describe('networks in PyTorch', () => {
  const rates = [1e-3, 2e-3, 1e-3];
  const cases = Object.entries(NETWORKS).map(([name, network]) => ({ name, network, ...given(network) }));
  let answers: number[][][];
  before(function () {
    this.timeout(120_000);
    needPytorch(this);
    const questions = cases.map(({ network, parameters, images, targets }) => {
      const logits = { ask: 'logits', network: { ...network, layers: liveLayers(network) }, parameters, images };
      const stepped = ['contiguous_format', 'channels_last'].map((layout) => ({ ...logits, targets, rates, layout }));
      return [logits, ...stepped, ...[1, 2].map((seed) => ({ ask: 'initial', network, seed }))];
    });
    const all = ask(...questions.flat());
    answers = questions.map(({ length }) => all.splice(0, length));
  });

  /** Weights, at which no batch norm is trivial, images and targets. */
  function given(network: Network): { parameters: Float32Array; images: Float32Array; targets: Float32Array } {
    const random = new Random(3, 'weights and images');
    const parameters = initialParameters(network, random).map((value) => value + 0.2 * (random.uniform() - 0.5));
    const pixels = BATCH * 3 * network.maps[0]!.size ** 2;
    const images = Float32Array.from({ length: pixels }, () => random.uniform());
    const targets = new Float32Array(BATCH * network.classes).fill(0.01 / network.classes);
    for (let b = 0; b < BATCH; b++) targets[b * network.classes + random.integer(network.classes)]! += 0.99;
    return { parameters, images, targets };
  }

  cases.forEach(({ name, network, parameters, images, targets }, i) => {
    it(`give the logits of the native engine, before and after steps: ${name}`, () => {
      const [before, ...after] = answers[i]!.slice(0, 3) as [number[], number[], number[]];
      const engine = nativeEngine(network, BATCH, parameters.slice(), initialStatistics(network));
      assertClose(before, engine.predict(images), 1e-4);
      for (const rate of rates) engine.step(images, targets, rate);
      const own = engine.predict(images);
      engine.dispose();
      // A gradient that is rounding alone moves a weight by the whole rate, either way: so what changes agrees less well.
      const changes = (logits: ArrayLike<number>): number[] => before.map((value, k) => logits[k]! - value);
      for (const logits of after) assertClose(changes(logits), changes(own), 0.1);
    });

    it(`begin with the native engine’s distribution of weights: ${name}`, () => {
      const [values, other] = answers[i]!.slice(3) as [number[], number[]];
      const own = initialParameters(network, new Random(1, 'network weights'));
      assert.equal(values.length, own.length);
      for (const { shape, offset } of network.parameters) {
        const size = shape.reduce((a, b) => a * b, 1);
        const largest = (all: ArrayLike<number>): number =>
          Array.from({ length: size }, (_, k) => Math.abs(all[offset + k]!)).reduce((a, b) => Math.max(a, b));
        // Of 64 uniform numbers or more the largest is nearly the limit.
        const off = Math.abs(largest(own) - largest(values));
        if (size >= 64 || largest(own) === 0) assert.ok(off <= 0.2 * largest(own), `${shape.join(' ')}: off by ${off}`);
      }
      assert.notDeepEqual(other, values);
    });
  });
});

describe('parameters in PyTorch', () => {
  it('begin where a GPU can read 16 bytes at a time, also behind one of an odd size', function () {
    needPytorch(this);
    const network = NETWORKS['Tiny-NanoBench, split and attention']!;
    assert.ok(network.parameters.some(({ shape }) => shape.reduce((a, b) => a * b, 1) % 8 > 0));
    const described = { ...network, layers: liveLayers(network) };
    for (const starts of ask(
      ...['float32', 'bfloat16'].map((format) => ({ ask: 'starts', network: described, format })),
    ))
      assert.deepEqual(starts, new Array(starts.length).fill(0));
  });
});

describe('fused operations in PyTorch', () => {
  it('agree with PyTorch’s own, where there is Triton, whose interpreter runs them without a GPU', function () {
    this.timeout(120_000);
    needPytorch(this);
    const env = { ...process.env, TRITON_INTERPRET: '1' };
    const run = (program: string) =>
      spawnSync(python!, ['-c', program], { cwd: path.join(__dirname, '../lib/tools'), env, encoding: 'utf8' });
    if (run('import triton').status !== 0) this.skip();
    const check =
      'from torch_fused import *; print([largest_error("cpu", f) for f in (torch.float32, torch.bfloat16)])';
    const { stdout, stderr } = run(check);
    assert.notEqual(stdout, '', stderr);
    const [single, half] = JSON.parse(stdout) as number[];
    assert.ok(single! < 1e-4 && half! < 0.03, `${stdout}${stderr}`);
  });
});

describe('images in PyTorch', () => {
  before(function () {
    needPytorch(this);
  });

  const data = syntheticImages(20);

  it('are varied and mixed as in the native engine, given the same draws', () => {
    const random = new Random(5, 'draws');
    const count = 12;
    const smoothing = 0.01;
    const times = <T>(draw: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => draw(i));
    const pairs = [0, 1].map((which) => ({
      index: times(() => random.integer(data.count)),
      mirrored: times(() => random.uniform() < 0.5),
      crop: times((i) => (i % 3 === 0 ? [0, 0] : [random.integer(3), random.integer(3)])),
      shift: times((i) => (i % 4 === which ? [-4, 3] : [0, 0].map(() => Math.fround(5 * random.uniform() - 2)))),
      share: times((i) => Math.fround(0.1 + 0.05 * i)).map((share) => (which === 0 ? share : 1 - share)),
    }));
    const images = new Float32Array(count * IMAGE_BYTES);
    const targets = new Float32Array(count * 10).fill(smoothing / 10);
    for (const { index, mirrored, crop, shift, share } of pairs) {
      for (let i = 0; i < count; i++) {
        const down = cropShiftResize(crop[i]![0]!, shift[i]![0]!, false);
        const across = cropShiftResize(crop[i]![1]!, shift[i]![1]!, mirrored[i]!);
        const pixels = data.pixels.subarray(index[i]! * IMAGE_BYTES, (index[i]! + 1) * IMAGE_BYTES);
        const to = images.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES);
        addImagePlainly(pixels, across, down, share[i]! / 255, to);
        targets[i * 10 + data.labels[index[i]!]!]! += share[i]! * (1 - smoothing);
      }
    }
    const asked = pairs.map(({ share, ...draws }) => [draws, share]);
    const [answer] = ask({ ask: 'images', pixels: data.pixels, labels: data.labels, pairs: asked, labelSmoothing: smoothing }); // prettier-ignore
    assertClose(answer!.slice(0, images.length), images, 1e-5);
    assertClose(answer!.slice(images.length), targets, 1e-5);
  });

  /** Random images and their targets. */
  function drawn(augmentation: object, count: number, images = data): { images: number[][]; targets: number[][] } {
    const [answer] = ask({ ask: 'batches', pixels: images.pixels, labels: images.labels, augmentation, count });
    const part = (from: number, size: number) =>
      Array.from({ length: count }, (_, i) => answer!.slice(from + i * size, from + (i + 1) * size));
    return { images: part(0, IMAGE_BYTES), targets: part(count * IMAGE_BYTES, 10) };
  }

  it('are drawn plain where nothing is to be varied, and shifted by up to four pixels where that is told', () => {
    const plain = drawn({ geometry: 'none', mixup: 0, labelSmoothing: 0 }, 8);
    plain.images.forEach((image, i) => {
      const label = plain.targets[i]!.indexOf(1);
      const known = Array.from(data.labels.keys()).filter((k) => data.labels[k] === label);
      const found = known.some((k) =>
        image.every((value, p) => Math.abs(255 * value - data.pixels[k * IMAGE_BYTES + p]!) < 1e-3),
      );
      assert.ok(found, `image ${i}`);
    });
    // One white pixel, followed to where it goes.
    const [x, y] = [9, 20];
    const dot = { count: 1, labels: Uint8Array.of(0), pixels: new Uint8Array(IMAGE_BYTES) };
    for (let c = 0; c < 3; c++) dot.pixels[3 * (32 * y + x) + c] = 255;
    const places = drawn({ geometry: 'flip-shift', mixup: 0, labelSmoothing: 0 }, 250, dot).images.map((image) => {
      const white = Array.from(image.keys()).filter((p) => image[p]! > 0.999);
      assert.equal(white.length, 3);
      return [(white[0]! / 3) % 32, Math.floor(white[0]! / 96)];
    });
    const shifts = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
    const columns = shifts.flatMap((shift) => [x + shift, 31 - x + shift]);
    const seen = (axis: 0 | 1) => [...new Set(places.map((place) => place[axis]!))].sort((a, b) => a - b);
    assert.deepEqual(
      [seen(0), seen(1)],
      [[...new Set(columns)].sort((a, b) => a - b), shifts.map((shift) => y + shift)],
    );
  });

  it('are mixed half of the time by the authors’ recipe, with shares from Beta(1.5, 1.5)', () => {
    const { targets, images } = drawn({ geometry: 'official', mixup: 0.5, labelSmoothing: 0.01 }, 400);
    assert.ok(images.every((image) => image.every((value) => value >= 0 && value <= 1 + 1e-5)));
    assert.ok(targets.every((target) => Math.abs(target.reduce((a, b) => a + b) - 1) < 1e-5));
    const two = targets.map((target) => target.filter((value) => value > 0.0011)).filter(({ length }) => length === 2);
    // Two images of one class in ten look unmixed: 0.45 of 400 are expected, with a deviation of 10.
    assert.ok(Math.abs(two.length - 180) < 45, `${two.length} mixed`);
    const shares = two.map(([first]) => first! / 0.99);
    assertMixupShares(shares);
  });
});

describe('codes in PyTorch', () => {
  const space = nasBench201.space();
  let folder: string;
  before(function () {
    needPytorch(this);
    folder = mkdtempSync(path.join(tmpdir(), 'pytorch-codes-'));
  });
  after(() => folder && rmSync(folder, { recursive: true }));

  it('are those of the own engine but for chance, and may share a file with them', async function () {
    this.timeout(120_000);
    const [own, torch] = [path.join(folder, 'own.csv'), path.join(folder, 'torch.csv')];
    await measureTiny(own, CELLS);
    assert.deepEqual(await measureTiny(torch, CELLS, { pytorch: python }), { complete: true, diverged: [] });
    const [a, b] = [own, torch].map((file) => codeStore(3, space).read(file));
    assert.equal(b!.size, CELLS);
    // Means over cells: an epoch of five steps is noisy, and the networks hardly differ after so few.
    for (const epoch of [0, 1, 2]) {
      const [x, y] = [a!, b!].map((codes) => mean([...codes.values()].map(({ losses }) => losses[epoch]!)));
      assert.ok(Math.abs(x! - y!) < 0.08, `epoch ${epoch + 1}: ${x} and ${y}`);
    }
    assert.match(b!.get(0)!.provenance, /PyTorch \d+\.\d+[^;]*; \w[^;]*; float32$/);
    await assert.rejects(codeStore(3, space).merge([torch], own), /id 0/); // two codes of a cell
    await measureTiny(own, CELLS + 1, { pytorch: python });
    const both = codeStore(3, space).read(own, 3);
    assert.deepEqual([both.size, both.get(0)], [CELLS + 1, a!.get(0)]);
    assert.match(both.get(CELLS)!.provenance, /PyTorch/);
  });
});

describe('ground truth in PyTorch', () => {
  const space = nasBench201.space();
  let folder: string;
  before(function () {
    needPytorch(this);
    folder = mkdtempSync(path.join(tmpdir(), 'pytorch-truth-'));
  });
  after(() => folder && rmSync(folder, { recursive: true }));

  const results = (file: string): unknown[] =>
    [...truthStore(2, space).read(file).values()].map(({ id, accuracy, losses, seed }) => [id, accuracy, losses, seed]);

  it('is kept row by row, goes on after a kill, and says what computed it', async function () {
    this.timeout(120_000);
    const [file, whole] = [path.join(folder, 'truth.csv'), path.join(folder, 'whole.csv')];
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      path.join(__dirname, 'tiny-truth.ts'),
      file,
      '4',
      python!,
    ]);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        if (/[1-9]\n$/.test(text.toString())) child.kill('SIGKILL');
      });
      child.on('exit', () => resolve());
    });
    const kept = results(file);
    assert.ok(kept.length >= 1 && kept.length < 4, `${kept.length} cells were there after the kill`);
    const positions = [0, 1, 2, 3];
    assert.deepEqual(await measureTinyTruth(file, positions, { pytorch: python }), { complete: true, diverged: [] });
    await measureTinyTruth(whole, positions, { pytorch: python });
    assert.deepEqual(results(file), results(whole));
    const [row] = [...truthStore(2, space).read(file).values()];
    assert.match(row!.provenance, /^0\.1\.0\+\w{16}; .*PyTorch \d+\.\d+[^;]*; \w[^;]*; (float32|bfloat16)$/);
    assert.ok(row!.seconds > 0);

    // Rows of our own engine share no file with them.
    await assert.rejects(measureTinyTruth(file, [0, 4]), /of seed 3, and .*line 2 has seed 3 in PyTorch/);
    const own = path.join(folder, 'own.csv');
    await measureTinyTruth(own, [4]);
    await assert.rejects(
      measureTinyTruth(own, [5], { pytorch: python }),
      /seed 3 in PyTorch, and .*line 2 has seed 3:/,
    );
    await assert.rejects(truthStore(2, space).merge([file], own), /of seed 3 in PyTorch, and .*has seed 3:/);
    assert.equal(readFileSync(own, 'utf8').trim().split('\n').length, 2);
  });

  it('is the accuracy of a network that has learnt, names trainings that diverged, and stops at a signal', async function () {
    this.timeout(120_000);
    const phases = [
      { epochs: 6, rate: 3e-3 },
      { epochs: 6, rate: 1e-3, warmUp: 0.2, decay: 'cosine' as const },
    ];
    const file = path.join(folder, 'learnt.csv');
    await measureTinyTruth(file, [0], { pytorch: python, recipe: { ...tinyTruthRecipe, phases } });
    const [row] = [...truthStore(12, space).read(file).values()];
    assert.ok(row!.losses.at(-1)! < 0.75 * row!.losses[0]! && row!.accuracy > 30, row!.losses.join(' '));

    const diverging = { ...tinyTruthRecipe, phases: [{ epochs: 2, rate: 1e38 }] };
    const none = path.join(folder, 'none.csv');
    const outcome = await measureTinyTruth(none, [2], { pytorch: python, recipe: diverging });
    assert.deepEqual(outcome, { complete: true, diverged: [2] });

    const signal = AbortSignal.timeout(1000);
    const endless = { ...tinyTruthRecipe, phases: [{ epochs: 2e4, rate: 1e-3 }] };
    const stopped = await measureTinyTruth(path.join(folder, 'stopped.csv'), [0], { pytorch: python, recipe: endless, signal }); // prettier-ignore
    assert.equal(stopped.complete, false);
  });

  it('says which Python has no PyTorch', async () => {
    for (const program of ['no-such-python', path.join(__dirname, '../.venv/bin/python')]) {
      await assert.rejects(
        measureTinyTruth(path.join(folder, 'no.csv'), [0], { pytorch: program }),
        /python cannot train networks in PyTorch: .*(ENOENT|No module named 'torch').*; name a Python that has PyTorch/,
      );
    }
  });
});
