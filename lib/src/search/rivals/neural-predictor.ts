/**
 * Neural Predictor (Wen et al. 2020), in NASLib's port to NAS-Bench-201 (`naslib/predictors/gcn.py`): a graph convolution
 * network that is trained on cells drawn at random and ranks the space once. Gradients are cleared at each step, as the
 * text has it; the port's loop calls no `zero_grad`.
 *
 * Published for it are Kendall's τ of .34, .41 and .58 with 78, 156 and 469 cells of NAS-Bench-201 (PINAT's table,
 * CIFAR-10; its code trains on validation accuracies and judges by SciPy's τ-b with test accuracies over all 15,625 cells,
 * as is done here with the label `validation`; its code of the other predictors is not there). Here they
 * give .55, .59 and .67 (standard errors .018, .007 and .006, n = 6; notebook 11). The first two published are low rather
 * than these high: ridge regression (penalty 1) on how often each of the five operations occurs gives .51, .47 and .51
 * (standard errors .015, .02 and .01, n = 20), on the one-hot operations of the six edges .42, .42 and .50.
 */
import * as tf from '@tensorflow/tfjs';
import { descendingOrder } from '../../statistics/descending-order';
import { Random } from '../../tensors/random';
import { candidates, checkBudget, drawnOrder, thenRanked } from '../candidates';
import type { Method } from '../method';
import { ABSENT, type OperationGraphs, operationGraphs } from './operation-graphs';
import { cosine, Dropout, glorotLimit, Stack, uniformWeights } from './stack';

/** All that decides what the Neural Predictor gives. */
export interface NeuralPredictorSettings {
  /** Graph convolutions, and the width of each. */
  layers: number;
  width: number;
  /** Width of the layer before the last. */
  hidden: number;
  dropout: number;
  /** Cells that the network learns from, at most; what is left of the budget goes to the top of its ranking. */
  learned: number;
  epochs: number;
  batch: number;
  /** Of Adam; it falls to 0 along a cosine. */
  rate: number;
  /** L2 penalty. */
  penalty: number;
  /** Whether it knows which cells make equal networks, and trains one of each. */
  distinct: boolean;
}

/** The published settings; the most cells to learn from are those of the largest published τ. */
export const NEURAL_PREDICTOR: NeuralPredictorSettings = {
  layers: 4,
  width: 144,
  hidden: 128,
  dropout: 0.1,
  learned: 469,
  epochs: 300,
  batch: 7,
  rate: 1e-4,
  penalty: 3e-4,
  distinct: false,
};

/** The cells that are ranked at a time, of each repeat. */
const RANKED_AT_A_TIME = 128;

/** Graphs as the network's tensors want them, by cell. */
interface GraphRows {
  nodes: number;
  features: number;
  /** `[count, n, F]` one-hot. */
  labels: Float32Array;
  /** `[count, n, n]`: what each node takes from those it sends to, and from those it gets from; rows sum to 1. */
  forward: Float32Array;
  backward: Float32Array;
  /** `[count, n]`: 1/nodes where a node is there. */
  share: Float32Array;
}

/**
 * The Neural Predictor as a search method, as its authors search: cells are drawn and trained, the network learns from them,
 * and then those are trained that it ranks highest.
 */
export function neuralPredictor(settings: NeuralPredictorSettings): Method {
  const { learned, batch, distinct } = settings;
  return {
    title: 'Neural Predictor',
    leastBudget: batch,
    readsCodes: false,
    settings,
    search({ space, labels }, budget, seeds, progress) {
      const cells = candidates(space, distinct);
      checkBudget(space, cells, budget, batch);
      if (learned < batch) throw new RangeError(`learned: ${learned} cells do not fill a batch of ${batch}`);
      const graphs = graphRows(operationGraphs(space.graphs));
      const pools = seeds.map((seed) => drawnOrder(cells, seed).subarray(0, Math.min(budget, learned)));
      const lessons = pools.map((pool) => Array.from(pool, (candidate) => cells.positions[candidate]!));
      const stack = train(settings, graphs, lessons, labels, seeds, progress);
      const predicted = predict(settings, stack, graphs, cells.positions);
      stack.dispose();
      return seeds.map((_, repeat) => ({
        trained: thenRanked(pools[repeat]!, descendingOrder(predicted[repeat]!), budget).map(
          (candidate) => cells.positions[candidate]!,
        ),
        ranking: descendingOrder(Float64Array.from(cells.numberOf, (candidate) => predicted[repeat]![candidate]!)),
      }));
    },
  };
}

function train(
  settings: NeuralPredictorSettings,
  graphs: GraphRows,
  pools: readonly number[][],
  labels: ArrayLike<number>,
  seeds: readonly number[],
  progress: ((done: number, total: number) => void) | undefined,
): Stack {
  const { epochs, batch, rate, penalty } = settings;
  const count = pools[0]!.length;
  const stack = new Stack(
    initialWeights(
      settings,
      graphs.features,
      seeds.map((seed) => new Random(seed, 'neural predictor')),
    ),
  );
  const orders = seeds.map((seed) => new Random(seed, 'neural predictor batches'));
  const dropout = new Dropout(
    seeds.map((seed) => new Random(seed, 'neural predictor dropout')),
    settings.dropout,
  );
  const targets = pools.map((pool) => standardScores(pool.map((position) => labels[position]!)));
  const batches = Math.floor(count / batch); // an incomplete one is dropped
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = orders.map((random) => random.sample(count, count));
    for (let b = 0; b < batches; b++) {
      const drawn = order.map((each) => each.subarray(b * batch, (b + 1) * batch));
      const positions = drawn.map((each, repeat) => Array.from(each, (i) => pools[repeat]![i]!));
      tf.tidy(() => {
        const wanted = tf.tensor(
          Float32Array.from(drawn.flatMap((each, r) => Array.from(each, (i) => targets[r]![i]!))),
          [seeds.length, batch],
        );
        stack.step(
          (weights) => {
            const error = tf.sub(forward(settings, weights, graphs, positions, dropout), wanted);
            return tf.div(tf.sum(tf.square(error)), batch).asScalar();
          },
          { rate: cosine(rate, epoch, epochs), penalty },
        );
      });
    }
    progress?.(epoch + 1, epochs);
  }
  return stack;
}

/** Predictions for all cells given, by repeat. */
function predict(
  settings: NeuralPredictorSettings,
  stack: Stack,
  graphs: GraphRows,
  positions: Int32Array,
): Float32Array[] {
  const repeats = stack.weights[0]!.shape[0];
  const predicted = Array.from({ length: repeats }, () => new Float32Array(positions.length));
  for (let start = 0; start < positions.length; start += RANKED_AT_A_TIME) {
    const some = Array.from(positions.subarray(start, start + RANKED_AT_A_TIME));
    const values = tf.tidy(() =>
      forward(
        settings,
        stack.weights,
        graphs,
        predicted.map(() => some),
      ).dataSync(),
    );
    predicted.forEach((each, repeat) =>
      each.set(values.slice(repeat * some.length, (repeat + 1) * some.length), start),
    );
  }
  return predicted;
}

function initialWeights(settings: NeuralPredictorSettings, features: number, randoms: readonly Random[]): tf.Tensor[] {
  const { layers, width, hidden } = settings;
  const weights: tf.Tensor[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const inputs = layer === 0 ? features : width;
    for (let direction = 0; direction < 2; direction++) {
      weights.push(uniformWeights(randoms, [inputs, width], glorotLimit(inputs, width)));
    }
  }
  // PyTorch's own initialisation of a linear layer.
  weights.push(uniformWeights(randoms, [width, hidden], 1 / Math.sqrt(width)));
  weights.push(uniformWeights(randoms, [hidden, 1], 1 / Math.sqrt(hidden)));
  return weights;
}

/** Predictions `[R, B]` for B cells of each repeat; with dropout while it is trained. */
function forward(
  { layers, width }: NeuralPredictorSettings,
  weights: readonly tf.Tensor[],
  graphs: GraphRows,
  positions: readonly number[][],
  dropout?: Dropout,
): tf.Tensor {
  const [repeats, batch] = [positions.length, positions[0]!.length];
  const { nodes, features } = graphs;
  const gather = (rows: Float32Array, size: number, shape: number[]): tf.Tensor => {
    const values = new Float32Array(repeats * batch * size);
    positions.forEach((some, r) =>
      some.forEach((p, i) => values.set(rows.subarray(p * size, (p + 1) * size), (r * batch + i) * size)),
    );
    return tf.tensor(values, shape);
  };
  const drop = (x: tf.Tensor): tf.Tensor => (dropout ? tf.mul(x, dropout.mask(x.shape.slice(1))) : x);
  const square = [repeats * batch, nodes, nodes];
  const ways = [gather(graphs.forward, nodes * nodes, square), gather(graphs.backward, nodes * nodes, square)];
  let x = gather(graphs.labels, nodes * features, [repeats, batch * nodes, features]);
  for (let layer = 0; layer < layers; layer++) {
    const [there, back] = ways.map((way, direction) => {
      const mixed = tf.matMul(x, weights[2 * layer + direction]!); // [R, B·n, width]
      return tf.relu(tf.matMul(way, tf.reshape(mixed, [repeats * batch, nodes, width])));
    });
    x = drop(tf.reshape(tf.mul(tf.add(there!, back!), 0.5), [repeats, batch * nodes, width]));
  }
  const share = gather(graphs.share, nodes, [repeats, batch, nodes, 1]);
  const pooled = tf.sum(tf.mul(tf.reshape(x, [repeats, batch, nodes, width]), share), 2); // [R, B, width]
  const hidden = drop(tf.matMul(pooled, weights[2 * layers]!));
  return tf.reshape(tf.matMul(hidden, weights[2 * layers + 1]!), [repeats, batch]);
}

/** One-hot labels, and the adjacency with self loops, its rows normalised; its transpose, normalised once more. */
function graphRows({ count, nodes, features, hot, edges }: OperationGraphs): GraphRows {
  const rows: GraphRows = {
    nodes,
    features,
    labels: new Float32Array(count * nodes * features),
    forward: new Float32Array(count * nodes * nodes),
    backward: new Float32Array(count * nodes * nodes),
    share: new Float32Array(count * nodes),
  };
  for (let cell = 0; cell < count; cell++) {
    const offset = cell * nodes * nodes;
    const way = (i: number, j: number): number => (i === j ? 1 : edges[offset + i * nodes + j]!);
    const present = hot.subarray(cell * nodes, (cell + 1) * nodes).filter((label) => label !== ABSENT).length;
    for (let i = 0; i < nodes; i++) {
      const label = hot[cell * nodes + i]!;
      if (label !== ABSENT) {
        rows.labels[(cell * nodes + i) * features + label] = 1;
        rows.share[cell * nodes + i] = 1 / present;
      }
      let sum = 0;
      for (let j = 0; j < nodes; j++) sum += way(i, j);
      for (let j = 0; j < nodes; j++) rows.forward[offset + i * nodes + j] = way(i, j) / sum;
    }
    for (let j = 0; j < nodes; j++) {
      let sum = 0;
      for (let i = 0; i < nodes; i++) sum += rows.forward[offset + i * nodes + j]!;
      for (let i = 0; i < nodes; i++)
        rows.backward[offset + j * nodes + i] = rows.forward[offset + i * nodes + j]! / sum;
    }
  }
  return rows;
}

/** Values less their mean, over their (population) standard deviation; zeros where they are all the same. */
function standardScores(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (deviation === 0 ? 0 : (value - mean) / deviation));
}
