import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import type { GraphEncoding } from '../lib/src/benchmarks/search-space';
import { attend, attentionWeights } from '../lib/src/predictors/attention';
import type { Pass } from '../lib/src/predictors/layer';
import { predictorPresets, type PredictorOptions } from '../lib/src/predictors/predictor-options';
import { PredictorStack } from '../lib/src/predictors/predictor-stack';
import { exportWeights, importWeights } from '../lib/src/predictors/predictor-weights';
import { ownBackend } from './backends';
import { predictByHand } from './predict-by-hand';

/** Two cells: 0 → 1 with a third node as padding (label 2 and a self loop), and 0 → 1 → 2. */
const graphs: GraphEncoding = {
  count: 2,
  nodes: 3,
  features: 3,
  hot: Uint8Array.from([0, 1, 2, 1, 0, 1]),
  adjacency: Uint8Array.from([1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1]),
  sizes: Uint8Array.from([2, 3]),
};
const real = { hot: [0, 1], successors: [[0, 1], [1]] };
const withPadding = { hot: [0, 1, 2], successors: [[0, 1], [1], [2]] };
const { official, paper } = predictorPresets;
const naive = { branch: 'naive', nsam: false } as const;

/** Both engines where there are two. */
function stacks(options: PredictorOptions, space: GraphEncoding): PredictorStack[] {
  return [false, true].map((plain) => new PredictorStack(options, space, [3], plain));
}

/** A mean and a biased variance. */
function moments(values: number[]): [mean: number, variance: number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length];
}

describe('padded nodes', () => {
  before(ownBackend);

  it('take part in the preset official, and in nothing in the preset paper', () => {
    assert.deepEqual([official.paddedNodes, paper.paddedNodes], ['take part', 'masked']);
  });

  for (const headMean of ['features', 'nodes'] as const)
    it(`predict what the formulas say, computed by hand: head over ${headMean}`, () => {
      const found = (['take part', 'masked'] as const).map((paddedNodes) => {
        const graph = paddedNodes === 'masked' ? real : withPadding;
        const values = stacks({ ...official, ...naive, headMean, paddedNodes }, graphs).map((stack) => {
          const record = exportWeights(stack, 0);
          record['basic1.predecessors.bias']!.values.fill(0.25);
          record['basic2.successors.movingMean']!.values.fill(-0.5);
          record['basic3.successors.beta']!.values.fill(0.125);
          importWeights(stack, [record]);
          const [predicted] = stack.predictCoarse([Int32Array.of(0, 1)]);
          const expected = predictByHand(record, graph, headMean);
          assert.ok(
            Math.abs(predicted![0]! - expected) < 1e-4,
            `${paddedNodes}: ${predicted![0]}, by hand ${expected}`,
          );
          const whole = predictByHand(record, { hot: [1, 0, 1], successors: [[0, 1], [1, 2], [2]] }, headMean);
          assert.ok(Math.abs(predicted![1]! - whole) < 1e-4);
          stack.dispose();
          return expected;
        });
        return values[0]!;
      });
      assert.ok(Math.abs(found[0]! - found[1]!) > 0.01, 'the two ways differ, else this would test nothing');
    });

  it('count in the statistics of a batch norm, or do not: computed by hand', () => {
    for (const paddedNodes of ['take part', 'masked'] as const)
      for (const stack of stacks({ ...official, ...naive, paddedNodes }, graphs)) {
        const weight = exportWeights(stack, 0)['basic1.successors.weight']!.values;
        stack.train(
          { positions: Int32Array.of(0, 1), labels: Float32Array.of(0.2, 0.7), codes: new Float32Array() },
          'huber',
          0,
        );
        const after = exportWeights(stack, 0);
        for (const k of [0, 17, 63]) {
          const w = (column: number): number => weight[column * 64 + k]!;
          // Rows of A X W: cell 0 has nodes 0 → 1 with labels 0, 1; cell 1 has 0 → 1 → 2 with labels 1, 0, 1.
          const rows = [w(0) + w(1), w(1), w(1) + w(0), w(0) + w(1), w(1)];
          if (paddedNodes === 'take part') rows.push(w(2));
          const [mean, variance] = moments(rows);
          const moving = ['movingMean', 'movingVariance'].map((kind) => after[`basic1.successors.${kind}`]!.values[k]!);
          assert.ok(Math.abs(moving[0]! - 0.003 * mean) < 1e-7);
          assert.ok(Math.abs(moving[1]! - (0.997 + 0.003 * variance)) < 2e-7);
        }
        stack.dispose();
      }
  });

  it('get no attention where they are masked: with scores of 0 the real nodes share it', () => {
    const masked = { mask: tf.tensor3d([1, 1, 0], [1, 3, 1]) };
    const pass = { repeats: 1, batch: 1, nodes: 3, adjacency: tf.tensor3d([1, 1, 0, 0, 1, 0, 0, 0, 1], [1, 3, 3]) };
    const zero = tf.zeros<tf.Rank.R3>([1, 3, 4]);
    const weights = (given: object): number[] => [
      ...attentionWeights({ ...pass, ...given } as unknown as Pass, zero, zero, 1)
        .dataSync()
        .slice(0, 6),
    ];
    const close = (found: number[], expected: number[]): void =>
      found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-6, found.join()));
    close(weights({}), Array<number>(6).fill(1 / 3));
    close(weights(masked), [1 / 2, 1 / 2, 0, 1 / 2, 1 / 2, 0]);
    const v = tf.tensor3d([2, 4, 100], [1, 3, 1]);
    const attended = attend({ ...pass, ...masked } as unknown as Pass, zero, zero, v, 1);
    close([...attended.dataSync()], [3, 3, 0]);
  });

  it('change nothing where they are masked: a space without padding trains to the same predictions', () => {
    const two: GraphEncoding = {
      count: 2,
      nodes: 2,
      features: 3,
      hot: Uint8Array.of(0, 1, 1, 2),
      adjacency: Uint8Array.of(1, 1, 0, 1),
    };
    const three: GraphEncoding = {
      ...two,
      nodes: 3,
      hot: Uint8Array.of(0, 1, 2, 1, 2, 2),
      adjacency: Uint8Array.of(1, 1, 0, 0, 1, 0, 0, 0, 1),
      sizes: Uint8Array.of(2, 2),
    };
    const options = { ...paper, branch: 'naive' } as const;
    const predictions = [...stacks(options, two), ...stacks(options, three)].map((stack) => {
      const positions = Int32Array.from({ length: 80 }, (_, i) => i % 2);
      const labels = Float32Array.from(positions, (cell) => 0.3 + 0.4 * cell);
      stack.train({ steps: 20, positions, labels, codes: new Float32Array() }, 'squared', 1e-3);
      const [predicted] = stack.predictCoarse([Int32Array.of(0, 1)]);
      stack.dispose();
      return predicted!;
    });
    for (const predicted of predictions)
      predicted.forEach((p, i) => assert.ok(Math.abs(p - predictions[0]![i]!) < 5e-3, predictions.join(' ')));
  });
});
