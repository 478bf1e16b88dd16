import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { CELL_NETWORKS, cellNetwork } from '../lib/src/benchmarks/nas-bench-201/cell-network';
import { parseCell } from '../lib/src/benchmarks/nas-bench-201/cell';
import { initialParameters, initialStatistics } from '../lib/src/convnet/engine';
import { nativeEngine } from '../lib/src/convnet/native-engine';
import { nativeProbe } from '../lib/src/convnet/native-probe';
import { type Network } from '../lib/src/convnet/network';
import { hessianProduct, plainProbe } from '../lib/src/convnet/plain-probe';
import { watchedLayers } from '../lib/src/convnet/probe';
import { Random } from '../lib/src/tensors/random';
import { needTensorFlow } from './backends';

const ARCHITECTURES = {
  everything: '|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|',
  'a dead end': '|nor_conv_3x3~0|+|none~0|none~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|',
  'no path': '|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|none~0|none~1|none~2|',
};
const BATCH = 6;

const networkOf = (architecture: string): Network =>
  cellNetwork(parseCell(architecture), { ...CELL_NETWORKS.benchmark, channels: 8, cellsPerStage: 1, imageSize: 8 });

function batchOf(network: Network): { images: Float32Array; targets: Float32Array } {
  const random = new Random(1, 'probed images');
  const images = Float32Array.from({ length: BATCH * 8 * 8 * 3 }, () => random.normal());
  const targets = new Float32Array(BATCH * network.classes);
  for (let b = 0; b < BATCH; b++) targets[b * network.classes + random.integer(network.classes)] = 1;
  return { images, targets };
}

/** Uneven, so that no batch norm is trivial. */
function parametersOf(network: Network): Float32Array {
  const random = new Random(2, 'probed parameters');
  return initialParameters(network, random).map((value) => value + 0.2 * (random.uniform() - 0.5));
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, what);
  const largest = Array.from(expected).reduce((a, b) => Math.max(a, Math.abs(b)), 1e-6);
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i]! - expected[i]!) / largest;
    assert.ok(off <= tolerance, `${what} at ${i}: ${actual[i]}, expected ${expected[i]} (${off} of the largest)`);
  }
}

for (const [name, architecture] of Object.entries(ARCHITECTURES)) {
  describe(`the native probe against TensorFlow's operations: ${name}`, () => {
    const network = networkOf(architecture);
    const parameters = parametersOf(network);
    const { images, targets } = batchOf(network);
    const native = nativeProbe(network, BATCH, parameters);
    let plain: ReturnType<typeof plainProbe>;
    before(async function () {
      await needTensorFlow(this);
      plain = plainProbe(network, BATCH, parameters);
    });
    after(() => native.dispose());

    it('sees the same in a pass', () => {
      const tensors = tf.memory().numTensors;
      const [a, b] = [native.observe(images, targets), plain.observe(images, targets)];
      assert.equal(tf.memory().numTensors, tensors);
      assert.ok(Math.abs(a.loss - b.loss) < 1e-5);
      assertClose(a.gradient, b.gradient, 1e-4, 'gradient');
      const [units, plainUnits] = [a.units!, b.units!];
      assert.deepEqual(units.agreements, plainUnits.agreements);
      assert.equal(units.products.length, watchedLayers(network).length);
      assertClose(units.imageGradient, plainUnits.imageGradient, 1e-4, 'image gradient');
      assertClose(a.hessianWeights, b.hessianWeights, 1e-3, 'Hessian times weights');
      units.products.forEach((products, layer) =>
        assertClose(products, plainUnits.products[layer]!, 1e-3, `products of ${layer}`),
      );
    });

    it('leaves the network as it was, states of ReLUs too', () => {
      const fresh = parametersOf(network);
      assert.deepEqual(parameters, fresh);
      const engine = nativeEngine(network, BATCH, fresh, initialStatistics(network));
      const other = images.map((value) => -value);
      const { gradient } = engine.gradient(other, targets);
      assertClose(native.observe(other, targets).gradient, gradient, 1e-5, 'gradient');
      engine.dispose();
    });
  });
}

describe("the plain probe's Hessian product", () => {
  before(function () {
    return needTensorFlow(this).then(() => undefined);
  });

  it('with the weights of a normed convolution is minus its gradient, since their length does not matter', () => {
    // L(a · w) = L(w) for the weights w of each convolution before a batch norm, so H w = −g there and 0 elsewhere.
    const network = networkOf(ARCHITECTURES.everything);
    const parameters = parametersOf(network);
    const { images, targets } = batchOf(network);
    const probe = plainProbe(network, BATCH, parameters);
    const { gradient } = probe.observe(images, targets);
    const normed = network.layers.flatMap((layer) =>
      layer.kind === 'sum' ? layer.terms.filter(({ convolution, norm }) => convolution && norm) : [],
    );
    assert.ok(normed.length > 10);
    for (const { convolution } of [normed[0]!, normed.at(-1)!]) {
      const { shape, offset } = network.parameters.find((one) => one.offset === convolution!.weights)!;
      const end = offset + shape.reduce((a, b) => a * b, 1);
      const weights = new Float32Array(network.parameterCount);
      weights.set(parameters.subarray(offset, end), offset);
      const expected = new Float32Array(network.parameterCount);
      for (let i = offset; i < end; i++) expected[i] = -gradient[i]!;
      assertClose(
        hessianProduct(network, parameters, images, targets, weights),
        expected,
        1e-3,
        `weights at ${offset}`,
      );
    }
  });

  it('is the difference of gradients over a step that crosses no kink', () => {
    // With these shifts, and no weights below 0 in the shortcuts, all units before a ReLU stay active.
    const network = networkOf('|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|');
    const parameters = parametersOf(network);
    for (const { kind, shape, offset } of network.parameters) {
      if (kind === 'beta') parameters.fill(6, offset, offset + shape[0]!);
      const end = offset + shape.reduce((a, b) => a * b, 1);
      if (kind === 'convolution') parameters.set(parameters.subarray(offset, end).map(Math.abs), offset);
    }
    const { images, targets } = batchOf(network);
    const probe = plainProbe(network, BATCH, parameters);
    const { gradient } = probe.observe(images, targets);
    const product = hessianProduct(network, parameters, images, targets, gradient);
    const step = 1e-4;
    const original = parameters.slice();
    const [ahead, behind] = [step, -step].map((h) => {
      gradient.forEach((g, i) => (parameters[i] = original[i]! + h * g));
      return probe.observe(images, targets).gradient;
    });
    const difference = ahead!.map((value, i) => (value - behind![i]!) / (2 * step));
    assertClose(product, difference, 5e-3, 'Hessian product');
  });
});
