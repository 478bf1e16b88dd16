import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import type { SearchSpace } from '../lib/src/benchmarks/search-space';
import type { Method, SearchProblem } from '../lib/src/search/method';
import { BANANAS, bananas } from '../lib/src/search/rivals/bananas';
import { BRP_NAS, BRP_NAS_REDUCED, brpNas } from '../lib/src/search/rivals/brp-nas';
import { NEURAL_PREDICTOR, neuralPredictor } from '../lib/src/search/rivals/neural-predictor';
import { ABSENT, operationGraphs, prunedGraphs } from '../lib/src/search/rivals/operation-graphs';
import { pathEncoding } from '../lib/src/search/rivals/path-encoding';
import {
  embed,
  normActive,
  relationGraphs,
  relationLoss,
  relationWeights,
  standing,
} from '../lib/src/search/rivals/relation-network';
import { Dropout, Stack } from '../lib/src/search/rivals/stack';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { spearman } from '../lib/src/statistics/rank-correlation';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { Random } from '../lib/src/tensors/random';
import { ownBackend } from './backends';

const whole = nasBench201.space();
const space = part(tinyNasBench201.space(), 300);
const labels = loadAccuracies(tinyNasBench201, 'cifar10').score.values.slice(0, 300);
const problem: SearchProblem = { space, labels };

/** The first cells of a space, as a space. */
function part(all: SearchSpace, size: number): SearchSpace {
  const { graphs } = all;
  return {
    ...all,
    name: 'a part',
    size,
    cells: all.cells.slice(0, size),
    ids: all.ids.slice(0, size),
    graphs: { ...graphs, count: size, hot: graphs.hot.slice(0, size * graphs.nodes) },
    neighbours: (position) => all.neighbours!(position).filter((neighbour) => neighbour < size),
  };
}

/** Edges of one cell's graph as `i→j`. */
function edgesOf({ edges, nodes }: { edges: Uint8Array; nodes: number }, cell: number): string[] {
  return Array.from({ length: nodes ** 2 }, (_, e) => e).flatMap((e) =>
    edges[cell * nodes ** 2 + e] === 1 ? [`${Math.floor(e / nodes)}→${e % nodes}`] : [],
  );
}

const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} ≠ ${expected}`);

const rankCorrelation = (ranking: Int32Array): number => {
  const score = new Int32Array(ranking.length);
  ranking.forEach((cell, rank) => (score[cell] = -rank));
  return spearman(score, labels);
};

describe('graphs of rivals', () => {
  const published = operationGraphs(whole.graphs);

  it('are the published eight nodes and seven labels of NAS-Bench-201', () => {
    assert.deepEqual([published.nodes, published.features], [8, 7]);
    // Edge order 0→1, 0→2, 1→2, 0→3, 1→3, 2→3, as in the 8 × 8 matrix of naszilla and NASLib, but for their order of nodes.
    const expected = ['0→1', '0→2', '0→4', '1→3', '1→5', '2→6', '3→6', '4→7', '5→7', '6→7'];
    for (const cell of [0, 9999]) assert.deepEqual(edgesOf(published, cell), expected);
    assert.ok(!published.hot.includes(ABSENT));
  });

  it('lose skips and what leads nowhere, where BRP-NAS prunes them', () => {
    const cell = whole.cells.indexOf('|skip_connect~0|+|none~0|nor_conv_3x3~1|+|nor_conv_1x1~0|none~1|skip_connect~2|');
    const graphs = prunedGraphs(whole.graphs);
    assert.equal(graphs.features, 5);
    assert.deepEqual(edgesOf(graphs, cell), ['0→3', '0→4', '3→7', '4→7']);
    const labelled = Array.from(graphs.hot.subarray(cell * 8, cell * 8 + 8), (label) => label !== ABSENT);
    assert.deepEqual(labelled, [true, false, false, true, true, false, false, true]);
    const dead = whole.cells.indexOf('|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|none~2|');
    assert.deepEqual(edgesOf(graphs, dead), []);
  });

  it('have the 30 short ways of the truncated path encoding', () => {
    const { width, rows } = pathEncoding(published, 2);
    assert.equal(width, 5 + 25);
    for (let cell = 0; cell < whole.size; cell += 97) {
      const [e01, e02, , , e13, e23] = whole.operations[cell]!;
      const ways = rows.subarray(cell * width, (cell + 1) * width).reduce((sum, one) => sum + one, 0);
      assert.equal(ways, e01 === e02 && e13 === e23 ? 2 : 3);
    }
  });
});

describe('neural rivals', () => {
  before(ownBackend);

  /** Narrow ones, with a high learning rate and few epochs. */
  const methods: Record<string, (epochs: number) => Method> = {
    'Neural Predictor': (epochs) => neuralPredictor({ ...NEURAL_PREDICTOR, width: 24, hidden: 16, epochs, rate: 3e-3 }),
    'BRP-NAS': (epochs) =>
      brpNas({ ...BRP_NAS, width: 16, pairs: 128, epochs: 2 * Math.ceil(epochs / 8), rounds: 2, rate: 3e-3 }),
    'BRP-NAS, reduced': (epochs) =>
      brpNas({ ...BRP_NAS_REDUCED, width: 16, epochs: Math.max(2, epochs / 4), rounds: 2, rate: 3e-3 }),
    BANANAS: (epochs) => bananas({ ...BANANAS, epochs: 2 * epochs, layers: 3 }),
  };

  for (const [name, make] of Object.entries(methods)) {
    it(`${name} trains as many different cells as it may, by its seed alone, and leaves no tensor`, () => {
      const method = make(2);
      const tensors = tf.memory().numTensors;
      const [first, second] = method.search(problem, 30, [1, 2]);
      assert.equal(tf.memory().numTensors, tensors);
      assert.equal(new Set(second!.trained).size, 30);
      assert.notDeepEqual(first!.trained, second!.trained);
      // Beside another seed, in a stack of the same size, since another size may round differently.
      assert.deepEqual(method.search(problem, 30, [3, 2])[1], second);
      assert.throws(() => method.search(problem, 301, [0]), RangeError);
    });

    it(`${name} learns`, () => {
      const tiny = tinyNasBench201.space();
      const all = loadAccuracies(tinyNasBench201, 'cifar10').score.values;
      const [where, what] = name === 'BANANAS' ? [tiny, all] : [space, labels]; // it needs neighbours
      for (const { ranking, trained } of make(16).search({ space: where, labels: what }, 30, [0, 1])) {
        if (ranking) {
          assert.ok(rankCorrelation(ranking) > 0.3, `${rankCorrelation(ranking)}`);
          continue;
        }
        const late = trained.slice(-10).reduce((sum, position) => sum + what[position]!, 0) / 10;
        const average = what.reduce((sum, label) => sum + label, 0) / what.length;
        assert.ok(late > average, `${late} ≤ ${average}`);
      }
    });
  }

  const learnersOf25: Record<string, Method> = {
    'BRP-NAS': brpNas({ ...BRP_NAS_REDUCED, width: 8, epochs: 5, learned: 25 }),
    'Neural Predictor': neuralPredictor({ ...NEURAL_PREDICTOR, width: 8, epochs: 2, learned: 25 }),
  };
  for (const [name, method] of Object.entries(learnersOf25)) {
    it(`${name} spends what is left of its budget on the top of its last ranking`, () => {
      const [{ trained, ranking }] = method.search(problem, 60, [3]) as [{ trained: number[]; ranking: Int32Array }];
      const [{ trained: learned }] = method.search(problem, 25, [3]) as [{ trained: number[] }];
      assert.deepEqual(trained.slice(0, 25), learned);
      const top = Array.from(ranking).filter((position) => !learned.includes(position));
      assert.deepEqual(trained.slice(25), top.slice(0, 35));
    });
  }

  it('Neural Predictor refuses to learn from less than a batch', () => {
    const method = neuralPredictor({ ...NEURAL_PREDICTOR, learned: NEURAL_PREDICTOR.batch - 1 });
    assert.throws(() => method.search(problem, 60, [0]), /^RangeError: learned: 6 cells do not fill a batch of 7$/);
  });

  it('know equal networks, if told to', () => {
    const { representativeOf } = equalNetworks(space);
    const networks = new Set(representativeOf).size;
    for (const make of [
      () => neuralPredictor({ ...NEURAL_PREDICTOR, width: 4, epochs: 1, distinct: true }),
      () => brpNas({ ...BRP_NAS_REDUCED, width: 4, epochs: 5, rounds: 2, distinct: true }),
      () => bananas({ ...BANANAS, epochs: 1, layers: 1, distinct: true }),
    ]) {
      const [{ trained }] = make().search(problem, 60, [0]) as [{ trained: number[] }];
      assert.equal(new Set(trained.map((position) => representativeOf[position]!)).size, 60);
      assert.throws(() => make().search(problem, networks + 1, [0]), RangeError);
    }
  });
});

describe('the parts of neural rivals', () => {
  before(ownBackend);

  it('the standing of two cells is what both orders of the pair say, and the loss is the cross entropy', () => {
    tf.tidy(() => {
      const graphs = relationGraphs(space.graphs);
      const size = { layers: 2, width: 6 };
      const weights = relationWeights(size, graphs.features, [new Random(0, 'a'), new Random(1, 'a')]);
      const drawn = [
        [0, 1, 2],
        [3, 4, 5],
      ];
      const embedded = embed(size, weights, graphs, drawn);
      assert.deepEqual(embedded.shape, [2, 3, 6]);
      const standings = standing(weights, embedded).arraySync() as number[][];
      const vectors = embedded.arraySync() as number[][][];
      const [kernel, bias] = weights.slice(-2).map((weight) => weight.arraySync() as number[][][]) as [
        number[][][],
        number[][][],
      ];
      const logits = (r: number, a: number, b: number): number[] =>
        [0, 1].map((out) =>
          [...vectors[r]![a]!, ...vectors[r]![b]!].reduce(
            (sum, x, i) => sum + x * kernel[r]![i]![out]!,
            bias[r]![0]![out]!,
          ),
        );
      const lead = (r: number, a: number, b: number): number => logits(r, a, b)[0]! - logits(r, a, b)[1]!;
      let loss = 0;
      for (const r of [0, 1]) {
        near((lead(r, 0, 2) - lead(r, 2, 0)) / 2, standings[r]![0]! - standings[r]![2]!, 1e-5);
        loss += Math.log(Math.exp(logits(r, 1, 2)[0]!) + Math.exp(logits(r, 1, 2)[1]!));
        loss -= 0.3 * logits(r, 1, 2)[0]! + 0.7 * logits(r, 1, 2)[1]!;
      }
      const pair = [Int32Array.of(1), Int32Array.of(2)] as const;
      const wanted = tf.tensor([[[0.3, 0.7]], [[0.3, 0.7]]]);
      near(relationLoss(weights, embedded, [pair, pair], wanted).arraySync(), loss, 1e-5);
    });
  });

  it('layer norm, ReLU and dropout in one have the value and the gradient of the chain rule', () => {
    tf.tidy(() => {
      const random = new Random(0, 'norm');
      const draw = (shape: number[]): tf.Tensor =>
        tf.tensor(
          Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
          shape,
        );
      const given = [draw([2, 3, 5]), draw([2, 1, 5]), draw([2, 1, 5])] as const;
      const [mask, towards] = [tf.mul(tf.step(draw([2, 3, 5])), 1.25), draw([2, 3, 5])];
      const plain = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, dropout?: tf.Tensor): tf.Tensor => {
        const { mean, variance } = tf.moments(x, -1, true);
        const unit = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
        const active = tf.relu(tf.add(tf.mul(unit, scale), shift));
        return dropout ? tf.mul(active, dropout) : active;
      };
      for (const dropout of [mask, undefined]) {
        const [ours, expected] = [normActive, plain].map((layer) => {
          const loss = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor): tf.Scalar =>
            tf.sum(tf.mul(layer(x, scale, shift, dropout), towards)).asScalar();
          return [layer(...given, dropout), ...tf.grads(loss)([...given])].flatMap((t) => Array.from(t.dataSync()));
        });
        expected!.forEach((value, i) => near(ours![i]!, value, 1e-5));
      }
    });
  });

  it('cells of equal pruned graphs are computed once', () => {
    const graphs = relationGraphs(whole.graphs);
    const { representativeOf } = equalNetworks(whole);
    const different = new Set(representativeOf).size;
    assert.ok(graphs.count > 1000 && graphs.count < whole.size, `${graphs.count} of ${different} networks`);
    assert.equal(Math.max(...graphs.graphOf), graphs.count - 1);
  });

  it('dropout keeps its share and scale, by seed', () => {
    tf.tidy(() => {
      const values = new Dropout([new Random(0, 'd'), new Random(1, 'd')], 0.2)
        .mask([50, 100])
        .arraySync() as number[][][];
      const [first, second] = values.map((each) => each.flat()) as [number[], number[]];
      assert.deepEqual(new Set(first), new Set([0, Math.fround(1 / 0.8)]));
      near(first.filter((value) => value === 0).length / 5000, 0.2, 0.02);
      assert.notDeepEqual(first, second);
      const alone = new Dropout([new Random(1, 'd')], 0.2).mask([50, 100]).arraySync() as number[][][];
      assert.deepEqual(alone.flat(2), second);
    });
  });

  it('a step goes down the gradient, with its penalty, and decays apart from it', () => {
    const tensors = tf.memory().numTensors;
    const after = (loss: (w: tf.Tensor[]) => tf.Scalar, settings: object): number => {
      const stack = new Stack([tf.tensor([2], [1, 1])]);
      stack.step(loss, { rate: 0.1, ...settings });
      const value = stack.weights[0]!.dataSync()[0]!;
      stack.dispose();
      return value;
    };
    // Adam's first step is the learning rate, in the direction of the sign.
    const flat = (w: tf.Tensor[]): tf.Scalar => tf.sum(tf.mul(w[0]!, 0)).asScalar();
    const uphill = (w: tf.Tensor[]): tf.Scalar => tf.sum(tf.mul(w[0]!, -1)).asScalar();
    near(after(uphill, {}), 2.1, 1e-5);
    near(after(flat, {}), 2, 1e-6);
    near(after(flat, { penalty: 0.5 }), 1.9, 1e-5);
    near(after(flat, { decay: 0.5 }), 1.9, 1e-6);
    assert.equal(tf.memory().numTensors, tensors);
  });
});
