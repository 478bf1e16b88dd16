import assert from 'node:assert/strict';
import { cropShiftResize } from '../lib/src/convnet/augmentation';
import { CELL_NETWORKS, cellNetwork } from '../lib/src/benchmarks/nas-bench-201/cell-network';
import { IMAGE_BYTES } from '../lib/src/images/cifar10';
import { type Engine, initialParameters, initialStatistics } from '../lib/src/convnet/engine';
import { nativeEngine } from '../lib/src/convnet/native-engine';
import { countMacs, NetworkBuilder, type Network } from '../lib/src/convnet/network';
import { plainEngine } from '../lib/src/convnet/plain-engine';
import { parseCell, type Cell } from '../lib/src/benchmarks/nas-bench-201/cell';
import { cellCost } from '../lib/src/benchmarks/nas-bench-201/cell-cost';
import { Random } from '../lib/src/tensors/random';
import { needTensorFlow } from './backends';

const cell = (e01: string, e02: string, e12: string, e03: string, e13: string, e23: string): Cell =>
  parseCell(`|${e01}~0|+|${e02}~0|${e12}~1|+|${e03}~0|${e13}~1|${e23}~2|`);
const [ZERO, SKIP, C1, C3, POOL] = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'] as const;

const CELLS = {
  everything: cell(C3, POOL, C1, SKIP, C3, C1),
  convolutions: cell(C3, C3, C3, C3, C3, C3),
  dead: cell(C3, ZERO, ZERO, POOL, ZERO, C1), // a node that nobody reads, and a convolution of a node of zeros
  cut: cell(C3, C1, ZERO, ZERO, ZERO, ZERO), // no path from input to output
};

/** A network of the preset on images that are small enough for a test. */
const small = (of: Cell, preset: keyof typeof CELL_NETWORKS): Network =>
  cellNetwork(of, {
    ...CELL_NETWORKS[preset],
    channels: 8,
    cellsPerStage: preset === 'official' ? 2 : 1,
    imageSize: 8,
  });

function batchOf(network: Network, batch: number, seed: number): { images: Float32Array; targets: Float32Array } {
  const random = new Random(seed, 'test images');
  const images = Float32Array.from({ length: batch * network.maps[0]!.size ** 2 * 3 }, () => random.uniform());
  const targets = new Float32Array(batch * network.classes).fill(0.01 / network.classes);
  for (let b = 0; b < batch; b++) targets[b * network.classes + random.integer(network.classes)]! += 0.99;
  return { images, targets };
}

/** Parameters at which no batch norm is trivial. */
function unevenParameters(network: Network): Float32Array {
  const random = new Random(5, 'test parameters');
  return initialParameters(network, random).map((value) => value + 0.2 * (random.uniform() - 0.5));
}

function engines(network: Network, batch: number): { plain: Engine; native: Engine } {
  const [a, b] = [unevenParameters(network), unevenParameters(network)];
  return {
    plain: plainEngine(network, batch, a, initialStatistics(network)),
    native: nativeEngine(network, batch, b, initialStatistics(network)),
  };
}

function assertClose(actual: Float32Array, expected: Float32Array, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length);
  const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-6);
  expected.forEach((value, i) => {
    const off = Math.abs(actual[i]! - value);
    assert.ok(off <= tolerance * largest, `${what} [${i}]: ${actual[i]} is not ${value} (largest ${largest})`);
  });
}

describe('network of a cell', () => {
  it('costs what the closed forms say, on three data sets', () => {
    for (const [imageSize, classes, dataset] of [
      [32, 10, 'cifar10'],
      [32, 100, 'cifar100'],
      [16, 120, 'imagenet16'],
    ] as const) {
      for (const each of Object.values(CELLS)) {
        const network = cellNetwork(each, { ...CELL_NETWORKS.benchmark, imageSize, classes });
        const { mflops, mparams } = cellCost(each, dataset);
        assert.equal(countMacs(network) / 1e6, mflops);
        assert.equal(network.parameterCount / 1e6, mparams);
      }
    }
  });

  it('has 16, 32 and 64 channels at full, half and a quarter of the image', () => {
    const { maps } = cellNetwork(CELLS.everything, CELL_NETWORKS.official);
    const shapes = new Set(maps.map(({ size, channels }) => `${size}x${size}x${channels}`));
    // 16x16x16 and 8x8x32 are the halved shortcuts of the reduction blocks.
    assert.deepEqual([...shapes].sort(), ['16x16x16', '16x16x32', '32x32x16', '32x32x3', '8x8x32', '8x8x64']);
  });
});

describe('training of a network', () => {
  before(async function () {
    await needTensorFlow(this); // for the gradients of the plain engine
  });

  for (const preset of ['benchmark', 'official'] as const) {
    for (const [name, each] of Object.entries(CELLS)) {
      it(`has the native engine agree with plain operations: ${preset}, ${name}`, () => {
        const network = small(each, preset);
        const { plain, native } = engines(network, 5);
        const { images, targets } = batchOf(network, 5, 1);
        const [expected, actual] = [plain.gradient(images, targets), native.gradient(images, targets)];
        assert.ok(Math.abs(actual.loss - expected.loss) < 1e-5 * expected.loss, `${actual.loss} ${expected.loss}`);
        assertClose(actual.gradient, expected.gradient, 2e-4, 'gradient');
        const logits = Float32Array.from(targets, (target) => target - 0.3);
        const [sum, nativeSum] = [plain.logitGradient(images, logits), native.logitGradient(images, logits)];
        assert.ok(Math.abs(nativeSum.sum - sum.sum) < 1e-4 * Math.abs(sum.sum), `${nativeSum.sum} ${sum.sum}`);
        assertClose(nativeSum.gradient, sum.gradient, 2e-4, 'gradient of logits');
      });
    }
  }

  it('has the native engine agree at the official number of channels', () => {
    const options = { ...CELL_NETWORKS.official, cellsPerStage: 1, imageSize: 16 };
    const network = cellNetwork(CELLS.everything, options);
    const { plain, native } = engines(network, 3);
    const { images, targets } = batchOf(network, 3, 1);
    assertClose(native.gradient(images, targets).gradient, plain.gradient(images, targets).gradient, 2e-4, 'gradient');
  });

  it('trains alike with both engines, and predicts alike with the moving statistics', () => {
    const network = small(CELLS.everything, 'benchmark');
    const { plain, native } = engines(network, 4);
    for (let step = 0; step < 3; step++) {
      const { images, targets } = batchOf(network, 4, step);
      const [expected, actual] = [plain.step(images, targets, 1e-3), native.step(images, targets, 1e-3)];
      assert.ok(Math.abs(actual - expected) < 1e-3 * expected, `loss ${step}: ${actual} is not ${expected}`);
    }
    assertClose(native.statistics, plain.statistics, 1e-3, 'statistics');
    const { images } = batchOf(network, 4, 9);
    assertClose(native.predict(images), plain.predict(images), 1e-2, 'logits');
  });

  it('has a NaN go through to the loss in both engines, as what diverged must', () => {
    for (const each of [CELLS.everything, CELLS.convolutions]) {
      const network = small(each, 'benchmark');
      const { images, targets } = batchOf(network, 4, 1);
      for (const engine of Object.values(engines(network, 4))) {
        engine.parameters[network.parameters[0]!.offset] = NaN; // of the stem: all ReLUs are behind it
        assert.ok(Number.isNaN(engine.step(images, targets, 1e-3)));
      }
    }
  });

  it('has moving statistics of a single pixel', () => {
    const network = cellNetwork(CELLS.everything, { ...CELL_NETWORKS.benchmark, channels: 8, cellsPerStage: 1, imageSize: 4 }); // prettier-ignore
    const { plain, native } = engines(network, 1);
    const { images, targets } = batchOf(network, 1, 1);
    for (const engine of [plain, native]) engine.step(images, targets, 1e-3);
    assert.ok(plain.statistics.every(Number.isFinite));
    assertClose(native.statistics, plain.statistics, 1e-3, 'statistics');
  });

  it('refuses what would be computed wrongly in silence', () => {
    const net = new NetworkBuilder(5);
    const three = { kernel: 3, padding: 1 } as const;
    const wide = { size: 5, channels: 8 };
    const stem = net.sum([{ input: 0, convolution: net.convolution(0, 8, { ...three, stride: 1 }) }], wide);
    const convolution = net.convolution(stem, 8, { ...three, stride: 2 });
    const last = net.sum([{ input: stem, convolution }], { ...wide, size: 3 });
    const network = net.build(last, 10, CELL_NETWORKS.benchmark.norm);
    const parameters = new Float32Array(network.parameterCount);
    assert.throws(() => nativeEngine(network, 2, parameters, initialStatistics(network)), /needs even sides.* got 5/);
    const usual = small(CELLS.cut, 'benchmark');
    assert.throws(
      () => nativeEngine(usual, 2, parameters.subarray(1, 9), initialStatistics(usual)),
      /expected \d+ param/,
    );
  });

  it('has the native engine augment images as plain loops do', () => {
    const { plain, native } = engines(small(CELLS.cut, 'benchmark'), 4);
    const random = new Random(1, 'pixels');
    const pixels = Uint8Array.from({ length: IMAGE_BYTES }, () => random.integer(256));
    for (const [across, down] of [
      [cropShiftResize(0, 0, false), cropShiftResize(0, 0, false)],
      [cropShiftResize(1, 2.3, true), cropShiftResize(2, -1.6, false)],
      [cropShiftResize(2, -2, false), cropShiftResize(0, 3, false)],
    ] as const) {
      const [expected, actual] = [new Float32Array(IMAGE_BYTES).fill(0.5), new Float32Array(IMAGE_BYTES).fill(0.5)];
      plain.addImage(pixels, across, down, 0.3 / 255, expected);
      native.addImage(pixels, across, down, 0.3 / 255, actual);
      assertClose(actual, expected, 1e-6, 'image');
    }
  });

  it('agrees with a difference quotient of the loss', () => {
    const network = small(CELLS.everything, 'benchmark');
    const { native } = engines(network, 8);
    const { images, targets } = batchOf(network, 8, 2);
    const { gradient } = native.gradient(images, targets);
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    const direction = gradient.map((g) => g / norm);
    const step = 1e-3;
    const lossAt = (distance: number): number => {
      const moved = native.parameters.map((value, i) => value + distance * direction[i]!);
      return nativeEngine(network, 8, moved, initialStatistics(network)).gradient(images, targets).loss;
    };
    const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
    assert.ok(Math.abs(slope / norm - 1) < 0.02, `${slope} is not ${norm}`);
  });

  it('learns nothing but class frequencies from a cell without a path, unless it has the extra residuals', () => {
    for (const [preset, learns] of [
      ['benchmark', false],
      ['official', true],
    ] as const) {
      const network = small(CELLS.cut, preset);
      const { native } = engines(network, 4);
      const logits = native.predict(batchOf(network, 4, 3).images);
      const differs = logits.some((value, i) => i >= 10 && Math.abs(value - logits[i % 10]!) > 1e-6);
      assert.equal(differs, learns, preset);
    }
  });
});
