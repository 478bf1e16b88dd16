import assert from 'node:assert/strict';
import { type NanoCell, type NanoOperation } from '../lib/src/benchmarks/tiny-nano-bench/cell';
import {
  NANO_NETWORKS,
  nanoNetwork,
  type NanoNetworkOptions,
} from '../lib/src/benchmarks/tiny-nano-bench/nano-network';
import { initialParameters, initialStatistics, type Engine } from '../lib/src/convnet/engine';
import { nativeEngine } from '../lib/src/convnet/native-engine';
import { countMacs, type Network } from '../lib/src/convnet/network';
import { plainEngine } from '../lib/src/convnet/plain-engine';
import { Random } from '../lib/src/tensors/random';
import { needTensorFlow } from './backends';

/** A cell of these operations in a row. */
function chain(...operations: NanoOperation[]): NanoCell {
  const all: NanoOperation[] = ['input', ...operations, 'output'];
  return { operations: all, edges: all.slice(1).map((_, i) => [i, i + 1] as const) };
}

const CELLS: Record<string, NanoCell> = {
  identity: chain(),
  dwconv3x3: chain('dwconv3x3'),
  conv1x1: chain('conv1x1'),
  atten: chain('atten'),
  expand: chain('expand'),
  none: chain('none'),
  'split, both halves straight to the output': {
    operations: ['input', 'split', 'none', 'output'],
    edges: [
      [0, 1],
      [1, 2],
      [1, 3],
      [2, 3],
    ],
  },
  'split of a split, with an operation on each part': {
    operations: ['input', 'split', 'dwconv3x3', 'split', 'atten', 'conv1x1', 'output'],
    edges: [
      [0, 1],
      [1, 2],
      [1, 3],
      [2, 6],
      [3, 4],
      [3, 5],
      [4, 6],
      [5, 6],
    ],
  },
  'a join before an operation, an odd split, an expansion of a part': {
    operations: ['input', 'split', 'expand', 'atten', 'dwconv3x3', 'output'],
    edges: [
      [0, 1],
      [1, 2],
      [1, 3],
      [2, 4],
      [3, 4],
      [4, 5],
    ],
  },
};

const small: NanoNetworkOptions = { ...NANO_NETWORKS.paper, channels: 6, cellsPerBlock: [1, 2, 2], imageSize: 16 };

function batchOf(network: Network, batch: number, seed: number): { images: Float32Array; targets: Float32Array } {
  const random = new Random(seed, 'test images');
  const images = Float32Array.from({ length: batch * network.maps[0]!.size ** 2 * 3 }, () => random.uniform());
  const targets = new Float32Array(batch * network.classes).fill(0.01 / network.classes);
  for (let b = 0; b < batch; b++) targets[b * network.classes + random.integer(network.classes)]! += 0.99;
  return { images, targets };
}

/** Both engines at the same parameters, at which no batch norm is trivial. */
function engines(network: Network, batch: number): { plain: Engine; native: Engine } {
  const random = new Random(5, 'test parameters');
  const parameters = initialParameters(network, random).map((value) => value + 0.2 * (random.uniform() - 0.5));
  return {
    plain: plainEngine(network, batch, parameters.slice(), initialStatistics(network)),
    native: nativeEngine(network, batch, parameters.slice(), initialStatistics(network)),
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

function assertAgreement(network: Network, batch: number): void {
  const { plain, native } = engines(network, batch);
  const { images, targets } = batchOf(network, batch, 1);
  const [expected, actual] = [plain.gradient(images, targets), native.gradient(images, targets)];
  assert.ok(Math.abs(actual.loss - expected.loss) < 1e-5 * expected.loss, `${actual.loss} ${expected.loss}`);
  assertClose(actual.gradient, expected.gradient, 1e-4, 'gradient');
  const weights = Float32Array.from(targets, (target) => target - 0.3);
  const [sum, nativeSum] = [plain.logitGradient(images, weights), native.logitGradient(images, weights)];
  assert.ok(Math.abs(nativeSum.sum - sum.sum) < 1e-4 * Math.abs(sum.sum), `${nativeSum.sum} ${sum.sum}`);
  assertClose(nativeSum.gradient, sum.gradient, 1e-4, 'gradient of logits');
  assertClose(native.predict(images), plain.predict(images), 1e-4, 'logits');
  plain.step(images, targets, 1e-3);
  native.step(images, targets, 1e-3);
  assertClose(native.statistics, plain.statistics, 1e-4, 'statistics');
  native.dispose();
}

describe('network of a Tiny-NanoBench cell', () => {
  it('has the multiply-accumulates of the closed forms', () => {
    const macs = (cell: NanoCell, options: Partial<NanoNetworkOptions>): number =>
      countMacs(nanoNetwork(cell, { ...NANO_NETWORKS.official, ...options }), false);
    assert.equal(macs(chain(), { channels: 64 }), 5_966_336);
    assert.equal(macs(chain(), {}), 20_321_280);
    for (const C of [16, 64, 128]) {
      const identity = 27_648 * C + 1_024 * C ** 2 + 40 * C;
      assert.equal(macs(chain('none'), { channels: C }), identity);
      assert.equal(macs(chain('dwconv3x3'), { channels: C }), identity + 44_928 * C);
      assert.equal(macs(chain('atten'), { channels: C }), identity + 48 * C ** 2);
      assert.equal(macs(chain('conv1x1'), { channels: C }), 27_648 * C + 8_192 * C ** 2 + 40 * C);
    }
  });
});

describe('training of a Tiny-NanoBench network', () => {
  before(async function () {
    await needTensorFlow(this); // for the gradients of the plain engine
  });

  for (const [name, cell] of Object.entries(CELLS)) {
    for (const conv1x1 of ['keeps', 'maps'] as const) {
      it(`has the native engine agree with plain operations: ${name}, conv1x1 ${conv1x1}`, () => {
        assertAgreement(nanoNetwork(cell, { ...small, conv1x1 }), 3);
      });
    }
  }
});
