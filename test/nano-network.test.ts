import * as tf from '@tensorflow/tfjs';
import assert from 'node:assert/strict';
import { type NanoCell, type NanoOperation } from '../lib/src/benchmarks/tiny-nano-bench/cell';
import {
  NANO_NETWORKS,
  nanoNetwork,
  type NanoNetworkOptions,
} from '../lib/src/benchmarks/tiny-nano-bench/nano-network';
import { initialParameters, initialStatistics, type Engine } from '../lib/src/convnet/engine';
import { nativeEngine } from '../lib/src/convnet/native-engine';
import { countMacs, NetworkBuilder, type Network } from '../lib/src/convnet/network';
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
  // Adam's first step is the rate, whatever the gradient's size: where that is rounding alone, so is the step's sign.
  const largest = expected.gradient.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const clear = Array.from(expected.gradient.keys()).filter((i) => Math.abs(expected.gradient[i]!) > 1e-4 * largest);
  const pick = (values: Float32Array) => Float32Array.from(clear, (i) => values[i]!);
  assertClose(pick(native.parameters), pick(plain.parameters), 1e-4, 'parameters after a step');
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

  it('has the engines agree at full size: 32 x 32 pixels, 64 channels, both presets', () => {
    const cell = CELLS['split of a split, with an operation on each part']!;
    assertAgreement(nanoNetwork(cell, { ...NANO_NETWORKS.paper, cellsPerBlock: [1, 1, 1] }), 2);
    assertAgreement(nanoNetwork(cell, { ...NANO_NETWORKS.official, channels: 64, cellsPerBlock: [1, 1, 1] }), 2);
  });

  it('has each kind of layer agree where the others are left out', () => {
    const net = new NetworkBuilder(16);
    const stem = net.convolution(0, 5, { kernel: 3, stride: 1, padding: 1 });
    const map = net.sum([{ input: 0, convolution: stem, activation: 'mish' }], { size: 16, channels: 5 }); // no norm
    // A map that two concatenations and a gate read, one of them twice, and a sum of more than convolutions.
    const joined = net.concatenate([map, net.gate(map, 3), map]);
    const again = net.concatenate([net.slice(joined, 3, 7), map]);
    const pointwise = net.convolution(again, 15, { kernel: 1, stride: 1, padding: 0 });
    const depthwise = { input: joined, convolution: net.depthwise(joined), norm: net.norm(15) };
    const both = net.sum([{ input: again, convolution: pointwise }, depthwise, { input: joined }], {
      size: 16,
      channels: 15,
    });
    assertAgreement(net.build(net.halve(both), 10, small.norm), 2);
  });

  it('has Mish of large numbers, of either sign, agree with plain operations', () => {
    const network = nanoNetwork(chain('dwconv3x3'), { ...small, channels: 4 });
    const { plain, native } = engines(network, 2);
    const scaleOf = (value: number) => {
      for (const { parameters } of [plain, native]) {
        for (const { kind, shape, offset } of network.parameters) {
          if (kind === 'gamma') parameters.fill(value, offset, offset + shape[0]!);
        }
      }
    };
    for (const value of [60, 1000]) {
      scaleOf(value);
      const { images, targets } = batchOf(network, 2, 4);
      assertClose(native.predict(images), plain.predict(images), 1e-4, `logits at ${value}`);
      const [expected, actual] = [plain.logitGradient(images, targets), native.logitGradient(images, targets)];
      assertClose(actual.gradient, expected.gradient, 1e-4, `gradient at ${value}`);
    }
  });

  it('has Mish and its slope exact to a few units in the last place of a float32', () => {
    // A convolution that passes on one colour, so that a logit is the Mish of an image of one colour throughout.
    const net = new NetworkBuilder(16);
    const stem = net.convolution(0, 1, { kernel: 3, stride: 1, padding: 1 });
    const map = net.sum([{ input: 0, convolution: stem, activation: 'mish' }], { size: 16, channels: 1 });
    const network = net.build(map, 1, small.norm);
    const parameters = new Float32Array(network.parameterCount);
    const centre = stem.weights + 4 * 3;
    parameters[centre] = parameters[network.dense.weights] = 1;
    const engine = nativeEngine(network, 1, parameters, initialStatistics(network));
    for (let x = -30; x <= 30; x += 0.37) {
      const value = Math.fround(x);
      const image = new Float32Array(768);
      for (let i = 0; i < 768; i += 3) image[i] = value;
      const t = Math.tanh(Math.log1p(Math.exp(value)));
      const slope = t + value * (1 - t * t) * (1 / (1 + Math.exp(-value)));
      const { sum, gradient } = engine.logitGradient(image, Float32Array.of(1));
      assert.ok(Math.abs(sum - value * t) <= 1e-6 * Math.abs(value * t), `mish(${value}) is ${sum}`);
      // The slope passes through 0 near -1.19, where only its parts are exact.
      const off = Math.abs(gradient[centre]! / value - slope);
      assert.ok(off <= 1e-6 * (t + Math.abs(slope)), `slope at ${value}: ${gradient[centre]! / value}, not ${slope}`);
    }
  });

  it('agrees with difference quotients of the loss along random directions', () => {
    for (const [name, cell] of Object.entries(CELLS)) {
      const network = nanoNetwork(cell, { ...small, channels: 8 });
      const { native } = engines(network, 4);
      const { images, targets } = batchOf(network, 4, 2);
      const { gradient } = native.gradient(images, targets);
      // Half along the gradient and half at random, so that the slope is not lost in rounding.
      const random = new Random(7, name);
      const norm = Math.hypot(...gradient);
      const noise = gradient.map(() => random.uniform() - 0.5);
      const length = Math.hypot(...noise);
      const direction = gradient.map((g, i) => g / norm + noise[i]! / length);
      const expected = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
      const original = native.parameters.slice();
      const step = 2e-3;
      const [ahead, behind] = [step, -step].map((distance) => {
        original.forEach((value, i) => (native.parameters[i] = value + distance * direction[i]!));
        return native.gradient(images, targets).loss;
      });
      const slope = (ahead! - behind!) / (2 * step);
      assert.ok(Math.abs(slope / expected - 1) < 0.02, `${name}: ${slope} is not ${expected}`);
      native.dispose();
    }
  });

  it('predicts any number of images', () => {
    const network = nanoNetwork(CELLS['atten']!, small);
    const { plain, native } = engines(network, 4);
    const { images } = batchOf(network, 10, 3);
    const logits = native.predict(images);
    assert.equal(logits.length, 10 * network.classes);
    assertClose(logits, plain.predict(images), 1e-4, 'logits');
    const alone = native.predict(images.subarray(9 * 768));
    assertClose(alone, logits.subarray(90), 1e-6, 'logits of the last image');
  });

  it('leaves no tensors in the plain engine', () => {
    const network = nanoNetwork(CELLS['split of a split, with an operation on each part']!, small);
    const { plain } = engines(network, 2);
    const { images, targets } = batchOf(network, 2, 3);
    const before = tf.memory().numTensors;
    plain.step(images, targets, 1e-3);
    plain.predict(images);
    plain.logitGradient(images, targets);
    assert.equal(tf.memory().numTensors, before);
  });

  it('says what the native engine has not', () => {
    const net = new NetworkBuilder(20);
    const stem = net.convolution(0, 8, { kernel: 3, stride: 1, padding: 1 });
    const map = net.sum([{ input: 0, convolution: stem, activation: 'mish' }], { size: 20, channels: 8 });
    const network = net.build(map, 10, small.norm);
    const parameters = initialParameters(network, new Random(1, 'w'));
    assert.throws(() => nativeEngine(network, 1, parameters, initialStatistics(network)), /sides of 4, 8, 16/);
  });
});
