import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { attend, attentionWeights } from '../lib/src/predictors/attention';
import { fixedGraphNorm, graphNorm } from '../lib/src/predictors/graph-norm';
import type { Pass } from '../lib/src/predictors/layer';
import { PredictorStack } from '../lib/src/predictors/predictor-stack';
import { predictorPresets } from '../lib/src/predictors/predictor-options';
import { currentBackend } from '../lib/src/tensors/backend';
import { Random } from '../lib/src/tensors/random';
import { needFusedOperations, ownBackend } from './backends';

/** Numbers of a normal distribution as a tensor. */
function normal(shape: number[], seed: number): tf.Tensor {
  const random = new Random(seed, 'test');
  return tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );
}

function adjacency(graphs: number, nodes: number): tf.Tensor3D {
  const random = new Random(graphs, 'edges');
  const edges = Array.from({ length: graphs * nodes * nodes }, (_, i) => {
    const [row, column] = [Math.floor(i / nodes) % nodes, i % nodes];
    return row === column || (row < column && random.uniform() < 0.4) ? 1 : 0;
  });
  return tf.tensor3d(edges, [graphs, nodes, nodes]);
}

function assertClose(found: tf.Tensor, expected: tf.Tensor, tolerance: number): void {
  assert.deepEqual(found.shape, expected.shape);
  const [a, b] = [found.dataSync(), expected.dataSync()];
  a.forEach((value, i) => {
    const allowed = tolerance * Math.max(1, Math.abs(b[i]!));
    assert.ok(Math.abs(value - b[i]!) <= allowed, `entry ${i}: ${value}, expected ${b[i]}`);
  });
}

/** A sum of outputs in which every entry has a weight of its own. */
const weighted = (t: tf.Tensor): tf.Scalar => tf.sum(tf.mul(t, normal(t.shape, 9)));

describe('graph convolution', () => {
  before(async function () {
    await needFusedOperations(this);
  });

  it('matches the worked example of a fresh layer in prediction', () => {
    // n = 2, A = [[1, 1], [0, 1]], X = W1 = W2 = I, b = 0: [[m, m/2], [m/2, m]], m = mish(1/√1.0001) (protocol §9).
    const a = tf.tensor3d([1, 1, 0, 1], [1, 2, 2]);
    const u = tf.tensor3d([1, 0, 1, 0, 0, 1, 0, 1], [1, 2, 4]); // X [W1 W2]
    const scale = tf.fill([1, 4], 1 / Math.sqrt(1.0001));
    for (const plain of [false, true]) {
      const h = fixedGraphNorm(u, a, scale, tf.zeros([1, 4]), 2, undefined, plain);
      const m = 0.865046;
      assertClose(h, tf.tensor3d([m, m / 2, m / 2, m], [1, 2, 2]), 2e-6);
    }
  });

  for (const [directions, graphs] of [
    [2, 1],
    [2, 6],
    [1, 1],
  ] as const) {
    const name = `${directions} directions, ${graphs} graphs`;
    const [repeats, batch, nodes, c] = [2, 3, 5, 4];
    const width = directions * c;
    const given = (): [tf.Tensor3D, tf.Tensor, tf.Tensor] => [
      tf.mul<tf.Tensor3D>(normal([repeats, batch * nodes, width], 1), 3),
      tf.add(1, tf.mul(normal([repeats, width], 2), 0.3)),
      normal([repeats, width], 3),
    ];

    it(`computes the same fused and plain: ${name}`, () => {
      tf.tidy(() => {
        const [u, gamma, beta] = given();
        const a = adjacency(graphs, nodes);
        const [fused, plain] = [false, true].map((p) => graphNorm(u, a, gamma, beta, directions, undefined, p));
        assertClose(fused!.output, plain!.output, 2e-6);
        assertClose(fused!.mean, plain!.mean, 2e-6);
        assertClose(fused!.variance, plain!.variance, 2e-6);
        tf.dispose([fused, plain].map((r) => [r!.mean, r!.variance]));
        assertClose(
          fixedGraphNorm(u, a, gamma, beta, directions),
          fixedGraphNorm(u, a, gamma, beta, directions, undefined, true),
          2e-6,
        );
      });
    });

    it(`has the same gradients fused and plain: ${name}`, () => {
      tf.tidy(() => {
        const a = adjacency(graphs, nodes);
        const gradients = [false, true].map((p) =>
          tf.grads((u, gamma, beta) =>
            weighted(graphNorm(u as tf.Tensor3D, a, gamma, beta, directions, undefined, p).output),
          )(given()),
        );
        gradients[0]!.forEach((fused, i) => assertClose(fused, gradients[1]![i]!, 2e-5));
      });
    });

    it(`has the gradients that finite differences give: ${name}`, () => {
      tf.tidy(() => {
        const a = adjacency(graphs, nodes);
        const f = (u: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Scalar =>
          weighted(graphNorm(u as tf.Tensor3D, a, g, b, directions).output);
        const inputs = given();
        const gradients = tf.grads((u, g, b) => f(u, g, b))(inputs);
        inputs.forEach((input, which) => {
          for (const at of [0, 7, input.size - 1]) {
            const delta = 0.01;
            const values = [-delta, delta].map((d) => {
              const moved = Float32Array.from(input.dataSync());
              moved[at]! += d;
              const args = inputs.map((t, i) => (i === which ? tf.tensor(moved, t.shape) : t));
              return f(args[0]!, args[1]!, args[2]!).dataSync()[0]!;
            });
            const numeric = (values[1]! - values[0]!) / (2 * delta);
            const analytic = gradients[which]!.dataSync()[at]!;
            assert.ok(Math.abs(numeric - analytic) < 0.01 * (1 + Math.abs(numeric)), `${numeric} against ${analytic}`);
          }
        });
      });
    });
  }

  it('stays finite for large inputs, where mish is the identity or zero', () => {
    const u = tf.tensor3d([-200, -30, 0, 30, 200, 1000], [1, 6, 1]);
    const h = fixedGraphNorm(u, tf.ones([1, 1, 1]), tf.ones([1, 1]), tf.zeros([1, 1]), 1);
    assertClose(h, tf.tensor3d([0, 0, 0, 30, 200, 1000], [1, 6, 1]), 1e-6);
  });

  it('refuses an adjacency that does not fit', () => {
    const u = tf.zeros<tf.Rank.R3>([1, 6, 4]);
    const [scale, shift] = [tf.ones([1, 4]), tf.zeros([1, 4])];
    assert.throws(() => fixedGraphNorm(u, tf.ones([1, 4, 4]), scale, shift, 2), /does not fit the features/);
    assert.equal(currentBackend().name, 'tensorflow');
  });
});

describe('attention between nodes', () => {
  before(ownBackend);
  const pass = (a: tf.Tensor3D): Pass =>
    ({ repeats: 1, batch: 1, nodes: a.shape[1], adjacency: a, training: true }) as unknown as Pass;

  it('masks scores by multiplying them: the worked example', () => {
    // S = [[1, 5], [7, 2]], A = [[1, 1], [0, 1]] (protocol §9); with k = I the scores are q.
    const a = tf.tensor3d([1, 1, 0, 1], [1, 2, 2]);
    const identity = tf.tensor3d([1, 0, 0, 1], [1, 2, 2]);
    const q = tf.tensor3d([1, 5, 7, 2], [1, 2, 2]);
    const weights = attentionWeights(pass(a), q, identity, 2); // [R, B, D, n, n]
    const expected = [0.01799, 0.98201, 0.1192, 0.8808, 0.73106, 0.26894, 0.99331, 0.00669];
    assertClose(weights, tf.tensor5d(expected, [1, 1, 2, 2, 2]), 1e-5);
    for (const plain of [false, true]) {
      const output = attend(pass(a), q, identity, identity, 2, plain);
      assertClose(output, tf.reshape(tf.sum(weights, 2), [1, 2, 2]), 1e-6);
    }
  });

  it('gives every node the same weight, with an edge or without, when all scores are 0', () => {
    const zero = tf.zeros<tf.Rank.R3>([1, 3, 4]);
    assertClose(attentionWeights(pass(adjacency(1, 3)), zero, zero, 1), tf.fill([1, 1, 1, 3, 3], 1 / 3), 1e-6);
  });

  for (const [directions, graphs] of [
    [1, 1],
    [2, 1],
    [2, 6],
  ] as const) {
    it(`computes the same fused and plain, gradients too: ${directions} directions, ${graphs} graphs`, () => {
      tf.tidy(() => {
        const [repeats, batch, nodes, c] = [2, 3, 5, 11];
        const where = { ...pass(adjacency(graphs, nodes)), repeats, batch };
        const inputs = [1, 2, 3].map((seed) => tf.mul(normal([repeats, batch * nodes, c], seed), 0.7));
        const f = (plain: boolean) => (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) =>
          attend(where, q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D, directions, plain);
        const [q, k, v] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor];
        assertClose(f(false)(q, k, v), f(true)(q, k, v), 2e-6);
        const [fused, plain] = [false, true].map((p) => tf.grads((q, k, v) => weighted(f(p)(q, k, v)))(inputs));
        fused!.forEach((gradient, i) => assertClose(gradient, plain![i]!, 2e-5));
        // The plain version's gradients are tfjs' own; one entry by finite differences holds both.
        const moved = [-0.01, 0.01].map((delta) => {
          const values = Float32Array.from(q.dataSync());
          values[7]! += delta;
          return weighted(f(false)(tf.tensor(values, q.shape), k, v)).dataSync()[0]!;
        });
        const numeric = (moved[1]! - moved[0]!) / 0.02;
        assert.ok(Math.abs(numeric - fused![0]!.dataSync()[7]!) < 0.01 * (1 + Math.abs(numeric)));
      });
    });
  }

  it('computes graphs that are larger than the fused operation takes', () => {
    tf.tidy(() => {
      const nodes = 65;
      const v = normal([1, nodes, 3], 1) as tf.Tensor3D;
      const zero = tf.zeros<tf.Rank.R3>([1, nodes, 4]);
      const mean = tf.tile(tf.mean(v, 1, true), [1, nodes, 1]);
      assertClose(attend(pass(adjacency(1, nodes)), zero, zero, v, 1), mean, 1e-5);
    });
  });

  it('lets a layer of one’s own stand in its place', () => {
    const space = { count: 2, nodes: 3, features: 2, hot: Uint8Array.from([0, 1, 1, 1, 0, 1]) };
    const graphs = { ...space, adjacency: Float32Array.from([1, 1, 0, 0, 1, 1, 0, 0, 1]) };
    const nothing = { parameters: [], batchNorms: [], apply: (_: Pass, h: tf.Tensor3D) => h };
    const options = { ...predictorPresets.official, attention: () => nothing };
    const own = new PredictorStack(options, graphs, [1]);
    const without = new PredictorStack({ ...predictorPresets.official, nsam: false }, graphs, [1]);
    const ask = [Int32Array.from([0, 1])];
    assert.deepEqual(own.predictCoarse(ask), without.predictCoarse(ask));
    own.dispose();
    without.dispose();
  });
});
