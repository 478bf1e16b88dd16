/**
 * BANANAS (White et al. 2021), as naszilla runs it (`naszilla/nas_algorithms.py`, `meta_neural_net.py`): an ensemble of dense
 * networks on path encodings, changes of the best cells as candidates, and independent Thompson sampling.
 */
import * as tf from '@tensorflow/tfjs';
import { descendingOrder } from '../../statistics/descending-order';
import { Random } from '../../tensors/random';
import { type Candidates, candidates, checkBudget, drawnOrder } from '../candidates';
import type { Method } from '../method';
import { mutate } from './mutate';
import { operationGraphs } from './operation-graphs';
import { type Encoding, pathEncoding } from './path-encoding';
import { glorotLimit, Stack, uniformWeights } from './stack';
import { neighboursOf } from './trainings';

/** All that decides what BANANAS gives. */
export interface BananasSettings {
  /** Cells drawn at random first, and cells of each later round. */
  initial: number;
  perRound: number;
  /** Networks of the ensemble, hidden layers of each, and their width. */
  members: number;
  layers: number;
  width: number;
  epochs: number;
  batch: number;
  rate: number;
  beta2: number;
  /** Cells that the ensemble judges in a round, at least where changes of the best `parents` cells give as many. */
  candidates: number;
  parents: number;
  /** Operations on the longest way that is encoded. */
  longestWay: number;
  /** Whether it knows which cells make equal networks, and trains none again. */
  distinct: boolean;
}

/** The published settings. */
export const BANANAS: BananasSettings = {
  initial: 10,
  perRound: 10,
  members: 5,
  layers: 10,
  width: 20,
  epochs: 150,
  batch: 32,
  rate: 0.01,
  beta2: 0.99,
  candidates: 100,
  parents: 5,
  longestWay: 2,
  distinct: false,
};

/**
 * BANANAS as a search method; its networks see a few hundred cells, so it has no ranking of the space.
 *
 * @throws Error, when it searches a space without `neighbours`
 */
export function bananas(settings: BananasSettings): Method {
  return {
    title: 'BANANAS',
    readsCodes: false,
    settings,
    search(problem, budget, seeds, progress) {
      const { space, labels } = problem;
      const neighbours = neighboursOf(problem);
      const cells = candidates(space, settings.distinct);
      checkBudget(space, cells, budget);
      const encoding = pathEncoding(operationGraphs(space.graphs), settings.longestWay);
      const drawn = seeds.map((seed) => Array.from(drawnOrder(cells, seed), (number) => cells.positions[number]!));
      const pools = drawn.map((order) => order.slice(0, Math.min(budget, settings.initial)));
      const randoms = seeds.map((seed) => new Random(seed, 'bananas'));
      while (pools[0]!.length < budget) {
        progress?.(pools[0]!.length, budget);
        const ensemble = trainEnsemble(settings, encoding, pools, labels, seeds);
        const wanted = Math.min(settings.perRound, budget - pools[0]!.length);
        pools.forEach((pool, repeat) => {
          const judged = mutations(settings, cells, neighbours, pool, labels, randoms[repeat]!);
          const predicted = predict(settings, encoding, ensemble.weights, repeat, judged);
          const draws = predicted.map(({ mean, deviation }) => mean + deviation * randoms[repeat]!.normal());
          const best = descendingOrder(draws).subarray(0, wanted);
          pool.push(...Array.from(best, (i) => judged[i]!));
          fill(pool, pool.length + wanted - best.length, drawn[repeat]!, cells);
        });
        ensemble.dispose();
      }
      progress?.(budget, budget);
      return pools.map((trained) => ({ trained }));
    },
  };
}

/** Cells of the seed's random order, where mutations gave too few. */
function fill(pool: number[], length: number, drawn: readonly number[], { numberOf }: Candidates): void {
  const known = new Set(pool.map((position) => numberOf[position]!));
  for (const position of drawn) {
    if (pool.length >= length) return;
    if (!known.has(numberOf[position]!)) pool.push(position);
  }
}

/** Mutations of the best cells, each unknown and different from the others, until there are enough. */
function mutations(
  settings: BananasSettings,
  { numberOf }: Candidates,
  neighbours: (position: number) => Int32Array,
  pool: readonly number[],
  labels: ArrayLike<number>,
  random: Random,
): number[] {
  const known = new Set(pool.map((position) => numberOf[position]!));
  const parents = descendingOrder(pool.map((position) => labels[position]!)).subarray(0, settings.parents);
  const found: number[] = [];
  for (const parent of parents) {
    if (found.length >= settings.candidates) break;
    for (let i = 0; i < settings.candidates; i++) {
      const position = mutate(pool[parent]!, neighbours, random);
      const candidate = numberOf[position]!;
      if (known.has(candidate)) continue;
      known.add(candidate);
      found.push(position);
    }
  }
  return found;
}

/** Fresh ensembles of all repeats, `members` networks each, trained on the error in percent by its mean absolute error. */
function trainEnsemble(
  settings: BananasSettings,
  encoding: Encoding,
  pools: readonly number[][],
  labels: ArrayLike<number>,
  seeds: readonly number[],
): Stack {
  const { members, epochs, batch, rate, beta2 } = settings;
  const known = pools[0]!.length;
  const randoms = seeds.flatMap((seed) =>
    Array.from({ length: members }, (_, member) => new Random(seed, 'bananas ensemble', known, member)),
  );
  const stack = new Stack(initialWeights(settings, encoding.width, randoms), beta2);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const orders = randoms.map((random) => random.sample(known, known));
    for (let start = 0; start < known; start += batch) {
      const drawn = orders.map((order, network) =>
        Array.from(order.subarray(start, start + batch), (i) => pools[Math.floor(network / members)]![i]!),
      );
      const size = drawn[0]!.length;
      tf.tidy(() => {
        const errors = Float32Array.from(drawn.flat(), (position) => 100 - labels[position]!);
        const wanted = tf.tensor(errors, [randoms.length, size]);
        const inputs = rows(encoding, drawn);
        stack.step(
          (weights) => tf.div(tf.sum(tf.abs(tf.sub(forward(settings, weights, inputs), wanted))), size).asScalar(),
          { rate },
        );
      });
    }
  }
  return stack;
}

/** What one repeat's ensemble expects of cells: accuracy in percent, and how far its members disagree. */
function predict(
  settings: BananasSettings,
  encoding: Encoding,
  weights: readonly tf.Tensor[],
  repeat: number,
  positions: readonly number[],
): { mean: number; deviation: number }[] {
  const { members } = settings;
  if (positions.length === 0) return [];
  const errors = tf.tidy(() => {
    const own = weights.map((weight) => tf.slice(weight, repeat * members, members));
    const inputs = rows(
      encoding,
      Array.from({ length: members }, () => [...positions]),
    );
    return forward(settings, own, inputs).dataSync();
  });
  return positions.map((_, i) => {
    const predicted = Array.from({ length: members }, (_, member) => 100 - errors[member * positions.length + i]!);
    const mean = predicted.reduce((sum, value) => sum + value, 0) / members;
    const variance = predicted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / members;
    return { mean, deviation: Math.sqrt(variance) };
  });
}

function initialWeights({ layers, width }: BananasSettings, inputs: number, randoms: readonly Random[]): tf.Tensor[] {
  const sizes = [inputs, ...Array.from({ length: layers }, () => width), 1];
  return sizes.slice(1).flatMap((outputs, layer) => {
    const from = sizes[layer]!;
    return [
      uniformWeights(randoms, [from, outputs], glorotLimit(from, outputs)),
      tf.zeros([randoms.length, 1, outputs]),
    ];
  });
}

/** Predicted errors `[networks, B]`. */
function forward({ layers }: BananasSettings, weights: readonly tf.Tensor[], inputs: tf.Tensor): tf.Tensor {
  let x = inputs;
  for (let layer = 0; layer <= layers; layer++) {
    const z = tf.add(tf.matMul(x, weights[2 * layer]!), weights[2 * layer + 1]!);
    x = layer < layers ? tf.relu(z) : z;
  }
  return tf.squeeze(x, [2]);
}

/** `[networks, B, width]` */
function rows(encoding: Encoding, positions: readonly number[][]): tf.Tensor {
  const { width } = encoding;
  const size = positions[0]!.length;
  const values = new Float32Array(positions.length * size * width);
  positions.forEach((some, network) =>
    some.forEach((position, i) =>
      values.set(encoding.rows.subarray(position * width, (position + 1) * width), (network * size + i) * width),
    ),
  );
  return tf.tensor(values, [positions.length, size, width]);
}
