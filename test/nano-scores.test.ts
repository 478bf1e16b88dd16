import assert from 'node:assert/strict';
import { parseNanoCell } from '../lib/src/benchmarks/tiny-nano-bench/cell-string';
import { NANO_NETWORKS, nanoNetwork } from '../lib/src/benchmarks/tiny-nano-bench/nano-network';
import { initialParameters, initialStatistics, weightRanges } from '../lib/src/convnet/engine';
import { gradientProbe } from '../lib/src/convnet/gradient-probe';
import { nativeEngine } from '../lib/src/convnet/native-engine';
import { NetworkBuilder } from '../lib/src/convnet/network';
import { linearised, logSynflow, logSynflowOf, officialSynflow } from '../lib/src/priors/synflow';
import { zeroCostScores } from '../lib/src/priors/zero-cost-scores';
import { Random } from '../lib/src/tensors/random';

const EVERYTHING = parseNanoCell('input|split~0|dwconv3x3~1|conv1x1~1|expand~2|atten~3|output~4~5');
const small = { ...NANO_NETWORKS.paper, channels: 8, imageSize: 16 };

const numbers = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

describe('synflow of Tiny-NanoBench networks', () => {
  it('is what one computes by hand of a split, a join and a halving, far above the range of float32', () => {
    const net = new NetworkBuilder(16);
    const stem = { input: 0, convolution: net.convolution(0, 4, { kernel: 3, stride: 1, padding: 1 }) };
    const map = net.sum([stem], { size: 16, channels: 4 });
    const right = net.slice(map, 2, 2);
    const joined = net.concatenate([right, net.slice(map, 0, 2)]);
    const halved = net.halve(joined);
    const pointwise = net.convolution(halved, 4, { kernel: 1, stride: 1, padding: 0 });
    const last = net.sum([{ input: halved, convolution: pointwise }, { input: halved }], { size: 8, channels: 4 });
    const network = net.build(last, 2, small.norm);
    const parameters = new Float32Array(network.parameterCount);
    const fill = (offset: number, count: number, value: number) => parameters.fill(value, offset, offset + count);
    const big = 1e19;
    fill(stem.convolution.weights, 9 * 3 * 4, -big);
    fill(pointwise.weights, 16, big);
    fill(network.dense.weights, 8, big);
    // The mean over a 16 x 16 image of its neighbours inside the image, of 9: (46 / 48)².
    const afterStem = 27 * big * (46 / 48) ** 2;
    const carried = 2 * 4 * big * (4 * big + 1) * afterStem; // R, which the stem and the dense layer carry whole
    const throughPointwise = 2 * 4 * big * 4 * big * afterStem;
    const expected = Math.log(2 * (carried / 1e57) + throughPointwise / 1e57) + 57 * Math.LN10;
    assert.ok(expected > Math.log(3.4e38) * 1.4);
    assert.ok(Math.abs(logSynflowOf(network, parameters) - expected) < 1e-4);
  });

  it('conserves R in a chain: stem, depthwise convolution, dense layer', () => {
    const net = new NetworkBuilder(16);
    const stem = { input: 0, convolution: net.convolution(0, 6, { kernel: 3, stride: 1, padding: 1 }) };
    const map = net.sum([stem], { size: 16, channels: 6 });
    const last = net.sum([{ input: map, convolution: net.depthwise(map) }], { size: 16, channels: 6 });
    const network = net.build(last, 3, small.norm);
    const parameters = initialParameters(network, new Random(1, 'w')).map(Math.abs);
    const engine = nativeEngine(network, 1, parameters, initialStatistics(network));
    const ones = (length: number) => new Float32Array(length).fill(1);
    const { sum, gradient } = engine.logitGradient(ones(768), ones(3));
    for (const { kind, shape, offset } of network.parameters) {
      if (kind === 'bias') continue;
      let carried = 0;
      for (let i = offset; i < offset + numbers(shape); i++) carried += parameters[i]! * gradient[i]!;
      assert.ok(Math.abs(carried / sum - 1) < 1e-5, `${kind}: ${carried} is not ${sum}`);
    }
    // So the score is as many times R as there are layers with weights.
    assert.ok(Math.abs(logSynflowOf(network, parameters) - Math.log(3 * sum)) < 1e-5);
  });

  it('scores cells: more with more operations, and the seed hardly matters; the authors’ version too', () => {
    const of = (text: string) => nanoNetwork(parseNanoCell(text), NANO_NETWORKS.paper);
    const identity = logSynflow(of('input|output~0'), 0);
    const full = logSynflow(nanoNetwork(EVERYTHING, NANO_NETWORKS.paper), 0);
    assert.ok(full > identity + 3, `${full} ${identity}`);
    assert.ok(Math.abs(logSynflow(of('input|output~0'), 1) - identity) < 1);
    const official = officialSynflow(nanoNetwork(EVERYTHING, small), 0);
    assert.ok(Number.isFinite(official) && official > 0, `${official}`);
  });

  it('leaves out what is not linear', () => {
    const linear = linearised(nanoNetwork(EVERYTHING, small));
    const parameters = initialParameters(linear, new Random(2, 'w'));
    const engine = nativeEngine(linear, 1, parameters, initialStatistics(linear));
    const image = Float32Array.from({ length: 768 }, (_, i) => Math.sin(i));
    const once = engine.predict(image);
    const doubled = engine.predict(image.map((value) => 2 * value));
    once.forEach((value, i) => assert.ok(Math.abs(doubled[i]! - 2 * value) < 1e-4 * Math.abs(value) + 1e-6));
  });
});

describe('gradient scores of Tiny-NanoBench networks', () => {
  const network = nanoNetwork(EVERYTHING, small);
  const random = new Random(3, 'images');
  const images = Float32Array.from({ length: 4 * 768 }, () => random.uniform());
  const targets = new Float32Array(40);
  for (let b = 0; b < 4; b++) targets[10 * b + b] = 1;

  it('are what the gradient says, and leave the network as it was', () => {
    const parameters = initialParameters(network, new Random(4, 'w'));
    const before = parameters.slice();
    const probe = gradientProbe(nativeEngine, network, 4, parameters);
    const { gradient } = probe.observe(images, targets);
    const { snip, grad_norm } = zeroCostScores(probe, images, targets);
    let [expectedSnip, expectedNorm] = [0, 0];
    for (const { kind, shape, offset } of network.parameters) {
      if (!['convolution', 'depthwise', 'dense'].includes(kind)) continue;
      let squares = 0;
      for (let i = offset; i < offset + numbers(shape); i++) {
        expectedSnip += Math.abs(before[i]! * gradient[i]!);
        squares += gradient[i]! ** 2;
      }
      expectedNorm += Math.sqrt(squares);
    }
    assert.ok(Math.abs(snip / expectedSnip - 1) < 1e-6 && Math.abs(grad_norm / expectedNorm - 1) < 1e-6);
    assert.deepEqual(parameters, before);
  });

  it('has grasp, −θ · H g, agree with a difference of gradients along g', () => {
    // H is symmetric: g · H θ = θ · H g, and H g is how the gradient changes along g.
    const parameters = initialParameters(network, new Random(4, 'w'));
    const engine = nativeEngine(network, 4, parameters, initialStatistics(network));
    const { gradient } = engine.gradient(images, targets);
    const { grasp } = zeroCostScores(gradientProbe(nativeEngine, network, 4, parameters.slice()), images, targets);
    const ranges = weightRanges(network);
    const squares = (values: Float32Array): number =>
      ranges.reduce((sum, [from, to]) => sum + values.subarray(from, to).reduce((a, b) => a + b * b, 0), 0);
    const original = parameters.slice();
    const step = 1e-3 * Math.sqrt(squares(parameters) / squares(gradient));
    const [ahead, behind] = [step, -step].map((h) => {
      for (const [from, to] of ranges) {
        for (let i = from; i < to; i++) parameters[i] = original[i]! + h * gradient[i]!;
      }
      return engine.gradient(images, targets).gradient;
    });
    let expected = 0;
    for (const [from, to] of ranges) {
      for (let i = from; i < to; i++) expected -= (original[i]! * (ahead![i]! - behind![i]!)) / (2 * step);
    }
    assert.ok(Math.abs(grasp / expected - 1) < 0.05, `${grasp} is not ${expected}`);
  });
});
