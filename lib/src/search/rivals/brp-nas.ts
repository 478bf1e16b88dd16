/**
 * BRP-NAS (Dudziak et al. 2020; `SamsungLabs/eagle`): a network that says which of two cells is the better one is trained in
 * rounds, each on cells that the round before ranked high.
 */
import * as tf from '@tensorflow/tfjs';
import { descendingOrder } from '../../statistics/descending-order';
import { Random } from '../../tensors/random';
import { type Candidates, candidates, checkBudget, drawnOrder, thenRanked } from '../candidates';
import type { Method } from '../method';
import {
  embed,
  type RelationGraphs,
  relationGraphs,
  relationLoss,
  relationWeights,
  standing,
} from './relation-network';
import { cosine, Dropout, Stack } from './stack';

/** All that decides what BRP-NAS gives. */
export interface BrpNasSettings {
  layers: number;
  width: number;
  dropout: number;
  /** Cells that the network learns from, at most; what is left of the budget goes to the top of its last ranking. */
  learned: number;
  /** Rounds; a fraction of the cells to learn from is trained in each. */
  rounds: number;
  /** Epochs over all pairs, of the last round; the i-th of r has i/r of them. */
  epochs: number;
  /** Pairs of a batch in the last round, rounded down to r pairs at a time; the i-th of r rounds has i/r of them. */
  pairs: number;
  /**
   * False: a batch is pairs drawn at random, each cell computed for its pair alone. True: a batch is all pairs of some
   * cells drawn at random, each computed once, of the fewest that have `pairs` pairs; an epoch has as many such batches as
   * hold all its pairs. Steps are then about as many, and several times cheaper, but the pairs of a batch share cells and
   * dropout.
   */
  shared: boolean;
  /** Of AdamW; it falls to 0 along a cosine in each round. */
  rate: number;
  decay: number;
  /** Whether it knows which cells make equal networks, and trains one of each. */
  distinct: boolean;
}

/**
 * The published settings (`configs/predictors/acc_gcn_nasbench201_bin.yaml`), but for its early stopping after 35 epochs
 * without a lower training loss, which a rate that falls to 0 seldom meets, and in float32 where they compute in float64.
 */
export const BRP_NAS: BrpNasSettings = {
  layers: 4,
  width: 600,
  dropout: 0.2,
  learned: 100,
  rounds: 5,
  epochs: 250,
  pairs: 64,
  rate: 3.5e-4,
  decay: 5e-4,
  shared: false,
  distinct: false,
};

/**
 * What a processor can afford: a narrower network and shared cells, two minutes of one core for 100 cells, where the
 * published settings take hours. It is the steps that must not be saved: after the first round, of 20 cells, the ranking
 * of NAS-Bench-201 has a Spearman of .767 as published and .767 if 128 wide, both with 1,600 steps, .740 with 650 steps of
 * shared cells, and .65 and .53 with 100 and 20 (CIFAR-100, mean over the seeds 1 to 8).
 */
export const BRP_NAS_REDUCED: BrpNasSettings = { ...BRP_NAS, width: 128, shared: true };

const EMBEDDED_AT_A_TIME = 256;

/**
 * The search as a method: trained are the cells of all rounds and then, as its authors count trainings, those that the last
 * network ranks highest; the ranking is that of this network.
 */
export function brpNas(settings: BrpNasSettings): Method {
  const { rounds, distinct, learned } = settings;
  const leastBudget = 4 * rounds;
  return {
    title: settings.shared ? 'BRP-NAS, reduced' : 'BRP-NAS',
    leastBudget,
    readsCodes: false,
    settings,
    search({ space, labels }, budget, seeds, progress) {
      const cells = candidates(space, distinct);
      checkBudget(space, cells, budget, leastBudget);
      const lessons = Math.min(budget, learned);
      const graphs = relationGraphs(space.graphs);
      const drawn = seeds.map((seed) => drawnOrder(cells, seed));
      const chance = seeds.map((seed) => new Random(seed, 'brp-nas cells'));
      const pools: number[][] = seeds.map(() => []); // candidates
      const training = new RelationTraining(settings, graphs, seeds);
      let order: Int32Array[] = [];
      for (let round = 0; round < rounds; round++) {
        const wanted = Math.floor(((round + 1) * lessons) / rounds) - pools[0]!.length;
        pools.forEach((pool, r) => {
          if (round === 0) pool.push(...drawn[r]!.subarray(0, wanted));
          else addRound(pool, order[r]!, wanted, round, chance[r]!);
        });
        const positions = pools.map((pool) => pool.map((candidate) => cells.positions[candidate]!));
        const before = (Math.floor(settings.epochs / rounds) * round * (round + 1)) / 2;
        training.round(round, positions, labels, (done) =>
          progress?.(before + done, (Math.floor(settings.epochs / rounds) * rounds * (rounds + 1)) / 2),
        );
        order = training.rank(cells);
      }
      training.dispose();
      return seeds.map((_, r) => {
        const place = new Int32Array(cells.positions.length);
        order[r]!.forEach((candidate, rank) => (place[candidate] = -rank));
        return {
          trained: thenRanked(pools[r]!, order[r]!, budget).map((candidate) => cells.positions[candidate]!),
          ranking: descendingOrder(Float64Array.from(cells.numberOf, (candidate) => place[candidate]!)),
        };
      });
    },
  };
}

/** Half of a later round is the best cells, half any of the best |S|/2^round, none of them trained yet. */
function addRound(pool: number[], order: Int32Array, wanted: number, round: number, random: Random): void {
  const known = new Set(pool);
  const add = (from: Int32Array, count: number): void => {
    const added = Array.from(from.filter((candidate) => !known.has(candidate)).subarray(0, count));
    added.forEach((candidate) => known.add(candidate));
    pool.push(...added);
  };
  const top = Math.ceil(wanted / 2);
  add(order, top);
  const high = order.subarray(0, Math.max(pool.length + wanted, Math.floor(order.length / 2 ** round)));
  add(
    random.sample(high.length, high.length).map((i) => high[i]!),
    wanted - top,
  );
}

/** R networks that are trained on from round to round. */
class RelationTraining {
  private stack: Stack;
  private readonly dropout: Dropout;
  private readonly orders: Random[];

  constructor(
    private readonly settings: BrpNasSettings,
    private readonly graphs: RelationGraphs,
    seeds: readonly number[],
  ) {
    const randoms = (stream: string): Random[] => seeds.map((seed) => new Random(seed, stream));
    this.stack = new Stack(relationWeights(settings, graphs.features, randoms('brp-nas')));
    this.dropout = new Dropout(randoms('brp-nas dropout'), settings.dropout);
    this.orders = randoms('brp-nas batches');
  }

  /** Trains on all pairs of the cells of each repeat, with a new optimiser. */
  round(
    round: number,
    positions: readonly number[][],
    labels: ArrayLike<number>,
    progress: (epochsDone: number) => void,
  ): void {
    const { rounds, epochs, pairs, rate, decay } = this.settings;
    this.stack = this.stack.restart();
    const own = Math.floor(epochs / rounds) * (round + 1);
    const batch = Math.floor(pairs / rounds) * (round + 1);
    const scaled = positions.map((some) => unitScaled(some.map((position) => labels[position]!)));
    for (let epoch = 0; epoch < own; epoch++) {
      const batches = this.orders.map((random) => this.batches(positions[0]!.length, batch, random));
      for (let b = 0; b < batches[0]!.length; b++) {
        const drawn = batches.map((each) => each[b]!);
        this.step(
          drawn.map(({ cells }, r) => cells.map((i) => this.graphs.graphOf[positions[r]![i]!]!)),
          drawn.map(({ cells }, r) => Float32Array.from(cells, (i) => scaled[r]![i]!)),
          drawn.map(({ pairs: ofBatch }) => ofBatch),
          { rate: cosine(rate, epoch, own), decay },
        );
      }
      progress(epoch + 1);
    }
  }

  /** The candidates from best to worst, by repeat. */
  rank({ positions }: Candidates): Int32Array[] {
    const { graphs, stack, settings } = this;
    const repeats = this.orders.length;
    const standings = Array.from({ length: repeats }, () => new Float32Array(graphs.count));
    for (let start = 0; start < graphs.count; start += EMBEDDED_AT_A_TIME) {
      const many = Math.min(EMBEDDED_AT_A_TIME, graphs.count - start);
      const some = Int32Array.from({ length: many }, (_, i) => start + i);
      const values = tf.tidy(() => {
        const embedded = embed(
          settings,
          stack.weights,
          graphs,
          standings.map(() => some),
        );
        return standing(stack.weights, embedded).dataSync();
      });
      standings.forEach((each, r) => each.set(values.slice(r * many, (r + 1) * many), start));
    }
    return standings.map((each) =>
      descendingOrder(Float64Array.from(positions, (position) => each[graphs.graphOf[position]!]!)),
    );
  }

  dispose(): void {
    this.stack.dispose();
  }

  private step(
    drawn: readonly Int32Array[],
    labels: readonly Float32Array[],
    pairs: readonly (readonly [Int32Array, Int32Array])[],
    settings: { rate: number; decay: number },
  ): void {
    tf.tidy(() => {
      // The softmax of the two labels is the logistic function of their difference.
      const shares = pairs.flatMap(([first, second], r) =>
        Array.from(first, (a, i) => {
          const share = 1 / (1 + Math.exp(labels[r]![second[i]!]! - labels[r]![a]!));
          return [share, 1 - share];
        }),
      );
      const wanted = tf.tensor(shares.flat(), [pairs.length, pairs[0]![0].length, 2]);
      this.stack.step(
        (weights) =>
          relationLoss(weights, embed(this.settings, weights, this.graphs, drawn, this.dropout), pairs, wanted),
        settings,
      );
    });
  }

  /** An epoch's batches for one repeat: the cells computed, and the pairs among them. */
  private batches(cells: number, batch: number, random: Random): Batch[] {
    const all = cells * (cells - 1);
    if (this.settings.shared) {
      const size = Math.min(fewestWith(batch), cells);
      const pairs = allPairs(size);
      return Array.from({ length: Math.ceil(all / pairs[0].length) }, () => ({
        cells: random.sample(cells, size),
        pairs,
      }));
    }
    const order = random.sample(all, all);
    return Array.from({ length: Math.ceil(all / batch) }, (_, b) => {
      const drawn = order.subarray(b * batch, (b + 1) * batch);
      const first = drawn.map((pair) => Math.floor(pair / (cells - 1)));
      const second = drawn.map((pair, i) => (pair % (cells - 1) < first[i]! ? 0 : 1) + (pair % (cells - 1)));
      const own = Int32Array.from(drawn.keys());
      return {
        cells: Int32Array.from([...first, ...second]),
        pairs: [own, own.map((i) => i + drawn.length)] as const,
      };
    });
  }
}

/** Some cells by number in their pool, and pairs of numbers among them. */
interface Batch {
  cells: Int32Array;
  pairs: readonly [Int32Array, Int32Array];
}

/** The smallest n with at least so many ordered pairs of different numbers below it. */
function fewestWith(pairs: number): number {
  return Math.ceil(0.5 + Math.sqrt(0.25 + pairs));
}

/** All ordered pairs of different numbers below n. */
function allPairs(n: number): readonly [Int32Array, Int32Array] {
  const pairs = Array.from({ length: n * n }, (_, i) => [Math.floor(i / n), i % n] as const).filter(
    ([a, b]) => a !== b,
  );
  return [Int32Array.from(pairs, ([a]) => a), Int32Array.from(pairs, ([, b]) => b)];
}

/** Labels from 0, the lowest seen, to 1, the highest. */
function unitScaled(labels: readonly number[]): number[] {
  const [low, high] = [Math.min(...labels), Math.max(...labels)];
  return labels.map((label) => (high === low ? 0 : (label - low) / (high - low)));
}
