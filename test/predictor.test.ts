import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { buildNetwork, countMovingStatistics, countParameters } from '../lib/src/predictors/network';
import { predictorPresets, type PredictorOptions } from '../lib/src/predictors/predictor-options';
import type { Batches } from '../lib/src/predictors/predictor';
import { PredictorStack } from '../lib/src/predictors/predictor-stack';
import { exportWeights, importWeights, type WeightRecord } from '../lib/src/predictors/predictor-weights';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { Adam } from '../lib/src/tensors/adam';
import { Random } from '../lib/src/tensors/random';
import { ownBackend } from './backends';
import { predictByHand } from './predict-by-hand';

const { official, paper } = predictorPresets;
const naive = { branch: 'naive', nsam: false } as const;

/** B cells for each seed, the same for the same seed whatever stands beside it. */
function batchOf(seeds: number[], codeEntries: number, size = 8): Batches {
  const batch = {
    positions: new Int32Array(seeds.length * size),
    labels: new Float32Array(seeds.length * size),
    codes: new Float32Array(seeds.length * size * codeEntries),
  };
  seeds.forEach((seed, r) => {
    const random = new Random(seed, 'batch');
    for (let i = r * size; i < (r + 1) * size; i++) {
      batch.positions[i] = random.integer(15625);
      batch.labels[i] = random.uniform();
      for (let k = 0; k < codeEntries; k++) batch.codes[i * codeEntries + k] = 1 + random.uniform();
    }
  });
  return batch;
}

function stackOf(options: PredictorOptions, seeds: number[]): PredictorStack {
  return new PredictorStack(options, nasBench201.space().graphs, seeds);
}

function train(stack: PredictorStack, steps: number): void {
  const batch = batchOf([...stack.seeds], stack.codeEntries);
  for (let i = 0; i < steps; i++) stack.train(batch, 'huber', 1e-3);
}

const cells = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => (97 * i) % 15625);
const codesFor = (count: number): Float32Array => Float32Array.from({ length: 3 * count }, (_, i) => 1 + (i % 7) / 5);

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

describe('predictor', () => {
  before(ownBackend);

  it('has as many parameters as the protocol counts (§2.7)', () => {
    const counts = (options: PredictorOptions, nodes: number, features: number): number[] => {
      const network = buildNetwork(options, nodes, features);
      return [countParameters(network), countMovingStatistics(network)];
    };
    const of = (preset: PredictorOptions, n: number, f: number): number[] =>
      [{ ...preset, ...naive }, { ...preset, nsam: false }, preset].map((o) => counts(o, n, f)[0]!);
    assert.deepEqual(of(official, 10, 9), [18699, 47115, 81419]);
    assert.deepEqual(of(paper, 10, 9), [18753, 55617, 81345]);
    assert.deepEqual(of(official, 7, 11), [18952, 46600, 80904]);
    assert.deepEqual(of(paper, 7, 11), [19009, 55105, 80833]);
    assert.equal(counts({ ...official, branch: 'naive' }, 10, 9)[0], 53003); // basic branch with NSAM
    assert.equal(counts({ ...paper, branch: 'naive' }, 10, 9)[0], 44481);
    const moving = [{ ...official, ...naive }, { ...official, nsam: false }, official].map((o) => counts(o, 10, 9)[1]);
    assert.deepEqual(moving, [768, 1664, 2688]);
  });

  it('predicts coarsely without the code and finely with it', () => {
    const stack = stackOf(official, [1]);
    train(stack, 3);
    const ask = [cells(20)];
    const other = codesFor(20).map((x) => 2 * x);
    const [fine, changed] = [codesFor(20), other].map((codes) => stack.predictFine(ask, [codes])[0]!);
    assert.ok(largestDifference(fine!, changed!) > 1e-3);
    const coarse = stack.predictCoarse(ask)[0]!;
    assert.ok(coarse.every((p) => p > 0 && p < 100));
    assert.ok(largestDifference(coarse, fine!) > 1e-3);
    const batch = batchOf([1], 3);
    const before = exportWeights(stack, 0);
    stack.train({ ...batch, codes: batch.codes.map((x) => 3 * x) }, 'huber', 0);
    assert.deepEqual(exportWeights(stack, 0)['basic1.successors.weight'], before['basic1.successors.weight']);
    stack.dispose();
  });

  it('reads codes of any length, and none in the naive predictor', () => {
    const stack = stackOf({ ...official, codeEntries: 12 }, [1]);
    train(stack, 1);
    assert.equal(stack.predictFine([cells(2)], [new Float32Array(24).fill(1)])[0]!.length, 2);
    const basic = stackOf({ ...official, ...naive }, [1]);
    assert.equal(basic.codeEntries, 0);
    assert.throws(() => basic.predictFine([cells(2)], [new Float32Array()]), /no estimation branch/);
    assert.throws(() => basic.predictCoarse([cells(2), cells(2)]), /1 repeats/);
    stack.dispose();
    basic.dispose();
  });

  it('gives the same bits for the same seed', () => {
    const run = (): Float32Array => {
      const stack = stackOf(official, [5, 6]);
      train(stack, 10);
      const [, second] = stack.predictCoarse([cells(50), cells(50)]);
      stack.dispose();
      return second!;
    };
    assert.deepEqual(run(), run());
  });

  for (const [name, options] of Object.entries({ official, paper, naive: { ...official, ...naive } })) {
    it(`does not let repeats see each other: ${name}`, () => {
      const together = stackOf(options, [1, 2, 3]);
      train(together, 10);
      const ask = cells(30);
      const predicted = together.predictCoarse([ask, ask, ask]);
      predicted.forEach((row, r) => {
        const alone = stackOf(options, [r + 1]);
        train(alone, 10);
        assert.ok(largestDifference(row, alone.predictCoarse([ask])[0]!) < 2e-3); // percent
        alone.dispose();
      });
      assert.ok(largestDifference(predicted[0]!, predicted[1]!) > 0.01);
      together.dispose();
    });
  }

  it('leaves no tensor over after a step or a prediction', () => {
    const before = tf.memory().numTensors;
    const stack = stackOf(official, [1, 2]);
    train(stack, 2);
    const held = tf.memory().numTensors;
    train(stack, 2);
    stack.predictFine([cells(2000), cells(2000)], [codesFor(2000), codesFor(2000)]);
    assert.equal(tf.memory().numTensors, held);
    stack.restartOptimiser();
    train(stack, 1);
    assert.equal(tf.memory().numTensors, held);
    stack.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it('moves its moving statistics slowly, twice a step where a layer is called twice', () => {
    const stack = stackOf(official, [1]);
    const batch = batchOf([1], 3);
    const steps = 20;
    // With a learning rate of 0 the batch statistics stay, so moving = .997^T · 1 + (1 − .997^T) v (protocol §9).
    for (let i = 0; i < steps; i++) stack.train(batch, 'huber', 0);
    const one = stackOf(official, [1]);
    one.train(batch, 'huber', 0);
    const [after, first] = [stack, one].map((s) => exportWeights(s, 0));
    for (const [layer, updates] of [
      ['basic1.successors', 1],
      ['nsam.query.predecessors', 1],
      ['efm.query.successors', 2],
      ['efm.code', 1],
    ] as const) {
      const v = (first![`${layer}.movingVariance`]!.values[5]! - 0.997 ** updates) / (1 - 0.997 ** updates);
      const kept = 0.997 ** (steps * updates);
      const found = after![`${layer}.movingVariance`]!.values[5]!;
      assert.ok(Math.abs(found - (kept + (1 - kept) * v)) < 2e-4 * (1 + v), `${layer}: ${found}, variance ${v}`);
    }
    stack.dispose();
    one.dispose();
  });
});

describe('weights by name', () => {
  before(ownBackend);

  it('go out and come in, and predict the same', () => {
    const trained = stackOf(official, [1, 2]);
    train(trained, 5);
    const records = [1, 0].map((r) => exportWeights(trained, r)); // repeats swapped
    const fresh = stackOf(official, [8, 9]);
    importWeights(fresh, JSON.parse(JSON.stringify(records)) as WeightRecord[]);
    const ask = [cells(40), cells(40)];
    const codes = [codesFor(40), codesFor(40)];
    const [coarse, fine] = [fresh.predictCoarse(ask), fresh.predictFine(ask, codes)];
    assert.ok(largestDifference(coarse[0]!, trained.predictCoarse(ask)[1]!) < 1e-5);
    assert.ok(largestDifference(fine[1]!, trained.predictFine(ask, codes)[0]!) < 1e-5);
    assert.deepEqual(exportWeights(fresh, 1), records[1]);
    trained.dispose();
    fresh.dispose();
  });

  it('predict what the formulas say: a predictor computed by hand', () => {
    // One graph of two nodes and every weight known: two features, hot columns 0 and 1, A = [[1, 1], [0, 1]].
    const graphs = {
      count: 1,
      nodes: 2,
      features: 2,
      hot: Uint8Array.from([0, 1]),
      adjacency: Float32Array.from([1, 1, 0, 1]),
    };
    const stack = new PredictorStack({ ...official, ...naive }, graphs, [3]);
    const record = exportWeights(stack, 0);
    // Biases and moving statistics that matter in prediction alone.
    record['basic2.successors.bias']!.values.fill(0.25);
    record['basic2.successors.movingMean']!.values.fill(-0.5);
    record['basic3.predecessors.movingVariance']!.values.fill(4);
    record['basic3.predecessors.beta']!.values.fill(0.125);
    importWeights(stack, [record]);
    const [predicted] = stack.predictCoarse([Int32Array.from([0])]);
    assert.ok(
      Math.abs(predicted![0]! - predictByHand(record, { hot: [0, 1], successors: [[0, 1], [1]] })) < 1e-4,
      `${predicted![0]}`,
    );
    stack.dispose();
  });

  it('are refused when one is missing, unknown or of another shape', () => {
    const stack = stackOf({ ...official, ...naive }, [1]);
    const record = exportWeights(stack, 0);
    const { 'head.bias': bias, ...without } = record;
    assert.throws(() => importWeights(stack, [without]), /misses head\.bias/);
    assert.throws(() => importWeights(stack, [{ ...record, 'head.scale': bias! }]), /unknown head\.scale/);
    const wrong = { ...record, 'head.bias': { shape: [2], values: [0, 0] } };
    assert.throws(() => importWeights(stack, [wrong]), /head\.bias has shape \[2\].*expected shape \[1\]/);
    assert.throws(() => importWeights(stack, []), /expected one a repeat/);
    assert.throws(() => exportWeights(stack, 1), /repeat 1/);
    stack.dispose();
  });
});

describe('Adam', () => {
  before(ownBackend);

  it('takes Keras’ step: epsilon beside the uncorrected root', () => {
    const adam = new Adam();
    const [after] = adam.update([tf.tensor1d([1])], [tf.tensor1d([1e-3])], 1e-3);
    const rate = (1e-3 * Math.sqrt(1 - 0.999)) / (1 - 0.9);
    const expected = 1 - (rate * 1e-4) / (Math.sqrt(1e-9) + 1e-7);
    assert.ok(Math.abs(after!.dataSync()[0]! - expected) < 1e-7);
    adam.dispose();
  });

  it('computes the same fused and plain over several steps', () => {
    const [fused, plain] = [new Adam(), new Adam(true)];
    let [a, b] = [0, 1].map(() => [tf.linspace(-1, 1, 37), tf.ones([2, 3])] as tf.Tensor[]);
    for (let step = 1; step <= 5; step++) {
      const gradients = a!.map((t) => tf.sin(tf.mul(t, step)));
      a = fused.update(a!, gradients, 0.01);
      b = plain.update(b!, gradients, 0.01);
    }
    a!.forEach((t, i) => assert.ok(largestDifference(t.dataSync<'float32'>(), b![i]!.dataSync<'float32'>()) < 1e-6));
    tf.dispose([fused, plain].map((adam) => adam.dispose()));
  });
});
