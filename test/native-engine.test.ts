import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import type { GraphEncoding } from '../lib/src/benchmarks/search-space';
import type { Layer } from '../lib/src/predictors/layer';
import type { Batches, LossName, SamplePool } from '../lib/src/predictors/predictor';
import { predictorPresets, type PredictorOptions } from '../lib/src/predictors/predictor-options';
import { PredictorStack } from '../lib/src/predictors/predictor-stack';
import { trainPredictor } from '../lib/src/predictors/train-predictor';
import { trainingPresets } from '../lib/src/predictors/training-settings';
import { Random } from '../lib/src/tensors/random';
import { needFusedOperations } from './backends';

const { official, paper } = predictorPresets;
const SEEDS = [3, 4];

/** Cells of 2 to 7 nodes with edges of their own, padded at the end with label 2 and a self loop. */
function smallGraphs(): GraphEncoding {
  const [count, nodes, features] = [30, 7, 5];
  const random = new Random(1, 'graphs');
  const sizes = Uint8Array.from({ length: count }, () => 2 + random.integer(nodes - 1));
  const hot = new Uint8Array(count * nodes).fill(2);
  const adjacency = new Uint8Array(count * nodes ** 2);
  sizes.forEach((size, cell) => {
    for (let i = 0; i < nodes; i++) {
      if (i < size) hot[cell * nodes + i] = random.integer(features);
      for (let j = i; j < nodes; j++) {
        const edge = i === j || (j < size && random.uniform() < 0.5);
        adjacency[(cell * nodes + i) * nodes + j] = Number(edge);
      }
    }
  });
  return { count, nodes, features, hot, adjacency, sizes };
}

function batchOf(codeEntries: number, { count }: GraphEncoding, steps = 1, size = 8): Batches {
  const random = new Random(7, 'batch');
  const cells = SEEDS.length * steps * size;
  return {
    steps,
    positions: Int32Array.from({ length: cells }, () => random.integer(count)),
    labels: Float32Array.from({ length: cells }, () => random.uniform()),
    codes: Float32Array.from({ length: cells * codeEntries }, () => 1 + random.uniform()),
  };
}

/** Largest difference, in units of the larger of 1 and the largest value expected. */
function apart(found: Float32Array, expected: Float32Array): number {
  assert.equal(found.length, expected.length);
  let [difference, size] = [0, 1];
  found.forEach((value, i) => {
    assert.ok(Number.isFinite(value));
    difference = Math.max(difference, Math.abs(value - expected[i]!));
    size = Math.max(size, Math.abs(expected[i]!));
  });
  return difference / size;
}

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The same predictor in the native engine and in TensorFlow's operations, its weights no longer fresh. */
function pair(options: PredictorOptions, graphs: GraphEncoding): [native: PredictorStack, plain: PredictorStack] {
  const both = [false, true].map((plain) => new PredictorStack(options, graphs, SEEDS, plain));
  assert.deepEqual(
    both.map(({ engineName }) => engineName),
    ['native', 'operations'],
  );
  const random = new Random(5, 'state');
  const { parameters } = both[0]!.layout;
  const state = both[0]!.readState().map((value, i) => {
    // Moving variances, which begin at 1, stay positive; everything else moves both ways.
    const moved = i % both[0]!.layout.size >= parameters && value === 1;
    return value + (moved ? 1 : 0.2) * (random.uniform() - (moved ? 0 : 0.5));
  });
  for (const stack of both) stack.writeState(state);
  return both as [PredictorStack, PredictorStack];
}

const naive = { branch: 'naive', nsam: false } as const;
const variants: Record<string, PredictorOptions> = {
  official,
  paper,
  naive: { ...official, ...naive },
  'without NSAM': { ...official, nsam: false },
  'naive with NSAM': { ...paper, branch: 'naive' },
  'codes of 12, code norm and own value': { ...paper, codeEntries: 12, efmCodeNorm: true, efmDirections: 2 },
};

describe('native engine beside TensorFlow’s operations', () => {
  before(async function () {
    await needFusedOperations(this);
  });

  const graphs: Record<string, () => GraphEncoding> = {
    'one wiring': () => nasBench201.space().graphs,
    'graphs of different sizes': smallGraphs,
  };
  for (const [where, make] of Object.entries(graphs))
    for (const [name, options] of Object.entries(variants)) {
      it(`predicts the same, has the same gradients and steps the same: ${name}, ${where}`, () => {
        const space = make();
        const [native, plain] = pair(options, space);
        const cells = Int32Array.from({ length: 25 }, (_, i) => (617 * i) % space.count);
        const ask = [cells, cells.slice().reverse()];
        assert.ok(apart(native.predictCoarse(ask)[1]!, plain.predictCoarse(ask)[1]!) < 1e-6);
        const k = native.codeEntries;
        if (k > 0) {
          const codes = ask.map((_, r) => Float32Array.from({ length: 25 * k }, (_, i) => 1 + ((i + r) % 7) / 5));
          const [fine, expected] = [native, plain].map((stack) => stack.predictFine(ask, codes)[1]!);
          assert.ok(apart(fine!, expected!) < 1e-6);
          assert.ok(apart(fine!, native.predictCoarse(ask)[1]!) > 1e-3);
        }
        for (const loss of ['huber', 'squared'] as LossName[]) {
          const batch = batchOf(k, space);
          const [found, expected] = [native, plain].map((stack) => stack.gradient(batch, loss));
          const all = largest(expected!);
          for (const { name, start, size } of native.layout.entries.values()) {
            if (start >= native.layout.parameters) continue;
            const [one, other] = [found!, expected!].map((gradient) => gradient.subarray(start, start + size));
            const scale = Math.max(largest(other!), all / 100); // a sum may nearly cancel
            const difference = apart(
              one!.map((g) => g / scale),
              other!.map((g) => g / scale),
            );
            assert.ok(difference < 2e-4, `${loss}, ${name}: gradients differ by ${difference} of the largest`);
            assert.equal(largest(other!) === 0, name.endsWith('.bias') && !/^(head|efm.dense)/.test(name), name);
          }
        }
        // Adam divides a gradient by its own size, so that rounding shows where one is nearly zero: few and slow steps.
        const [a, b] = [native, plain].map((stack) => stack.train(batchOf(k, space, 3), 'huber', 1e-4));
        assert.ok(apart(a!, b!) < 1e-5, `losses ${a!.join()} and ${b!.join()}`);
        const moved = apart(native.readState(), plain.readState());
        assert.ok(moved < 6e-4, `states differ by ${moved}`);
        for (const stack of [native, plain]) stack.dispose();
      });
    }

  it('ends a whole training with the same predictions to rounding', () => {
    const space = nasBench201.space();
    const random = new Random(2, 'labels');
    const positions = Array.from({ length: 24 }, (_, i) => 613 * i);
    const labels = positions.map(() => 40 + 50 * random.uniform());
    const settings = { ...trainingPresets.official, checkpoint: 'last', phases: [{ epochs: 20, learningRate: 1e-3 }] };
    const cells = Int32Array.from({ length: 300 }, (_, i) => 52 * i);
    const predictions = [false, true].map((plain) => {
      const stack = new PredictorStack({ ...official, ...naive }, space.graphs, SEEDS, plain);
      const pools = SEEDS.map((): SamplePool => ({ positions, labels, codes: [] }));
      trainPredictor(stack, pools, 24, settings as typeof trainingPresets.official);
      const predicted = stack.predictCoarse([cells, cells]);
      stack.dispose();
      return predicted[0]!;
    });
    const [native, plain] = predictions as [Float32Array, Float32Array];
    const spread = Math.max(...plain) - Math.min(...plain);
    assert.ok(spread > 1, `${spread}`);
    assert.ok(apart(native, plain) * 100 < 0.02 * spread);
  });

  it('gives the same bits whatever else is in the stack, and however many steps it is asked for at once', () => {
    const space = nasBench201.space();
    const train = (seeds: number[], atOnce: boolean): Float32Array => {
      const stack = new PredictorStack(official, space.graphs, seeds);
      const { positions, labels, codes } = batchOf(3, space.graphs, 4);
      const part = <T extends Int32Array | Float32Array>(of: T, from: number, to: number): T =>
        of.subarray((from * of.length) / 8, (to * of.length) / 8) as T; // one repeat's four steps are half of it
      const steps = (from: number, to: number): Batches => ({
        steps: to - from,
        positions: repeated(part(positions, from, to), seeds.length),
        labels: repeated(part(labels, from, to), seeds.length),
        codes: repeated(part(codes, from, to), seeds.length),
      });
      if (atOnce) stack.train(steps(0, 4), 'huber', 1e-3);
      else for (let i = 0; i < 4; i++) stack.train(steps(i, i + 1), 'huber', 1e-3);
      const state = stack.readState().slice(0, stack.layout.size);
      stack.dispose();
      return state;
    };
    assert.deepEqual(train([8], true), train([8, 9, 10], false));
  });

  it('leaves layers and functions of one’s own to the operations, with the same weights', () => {
    const { graphs } = nasBench201.space();
    const nothing: Layer = { parameters: [], batchNorms: [], apply: (_, h) => h };
    const own = new PredictorStack({ ...official, attention: () => nothing }, graphs, [1]);
    assert.equal(own.engineName, 'operations');
    const unused = new PredictorStack({ ...official, nsam: false, attention: () => nothing }, graphs, [1]);
    assert.equal(unused.engineName, 'native');

    const stack = new PredictorStack({ ...official, ...naive }, graphs, SEEDS);
    const ask = [Int32Array.of(1, 2), Int32Array.of(3, 4)];
    const usual = stack.predictCoarse(ask);
    const gradient = stack.gradient(batchOf(0, graphs), 'huber');
    const { coarse } = stack.network;
    const tensors = tf.memory().numTensors;
    stack.network.coarse = (pass, nodes) => {
      const { features, prediction } = coarse(pass, nodes);
      return { features, prediction: tf.div(prediction, 2) };
    };
    stack.predictCoarse(ask).forEach((row, r) =>
      assert.ok(
        apart(
          row.map((p) => 2 * p),
          usual[r]!,
        ) < 1e-6,
      ),
    );
    assert.ok(apart(stack.gradient(batchOf(0, graphs), 'huber'), gradient) > 1e-4);
    assert.equal(tf.memory().numTensors, tensors);
    stack.network.coarse = coarse;
    assert.deepEqual(stack.predictCoarse(ask), usual);
    stack.train(batchOf(0, graphs), 'huber', 1e-3);
    stack.network.coarse = (pass, nodes) => coarse(pass, nodes);
    assert.throws(() => stack.train(batchOf(0, graphs), 'huber', 1e-3), /restart the optimiser first/);
    stack.restartOptimiser();
    stack.train(batchOf(0, graphs), 'huber', 1e-3);
    assert.equal(stack.engineName, 'operations');
    for (const one of [own, unused, stack]) one.dispose();
    assert.throws(() => unused.predictCoarse([Int32Array.of(1)]), /disposed of/);
  });

  it('refuses cells that the space does not have, and graphs that contradict themselves', () => {
    const graphs = smallGraphs();
    for (const plain of [false, true]) {
      const stack = new PredictorStack({ ...official, ...naive }, graphs, [1], plain);
      assert.throws(() => stack.predictCoarse([Int32Array.of(30)]), /no cell of this position/);
      stack.dispose();
    }
    const make = (changes: Partial<GraphEncoding>) => () =>
      new PredictorStack(official, { ...graphs, ...changes }, [1]);
    assert.throws(make({ features: 4 }), /hot columns below 4/);
    assert.throws(make({ adjacency: new Uint8Array(50) }), /one adjacency \[7, 7\]/);
    assert.throws(make({ sizes: new Uint8Array(30) }), /sizes between 1 and 7/);
  });
});

/** The same numbers for each of some repeats. */
function repeated<T extends Int32Array | Float32Array>(values: T, times: number): T {
  const all = new (values.constructor as new (length: number) => T)(values.length * times);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}
