import type { SearchSpace } from '../benchmarks/search-space';
import { equalNetworks } from '../benchmarks/unique-cells';
import { Random } from '../tensors/random';

/** The cells that a search may train. */
export interface Candidates {
  /** Their positions: all cells, or the first one of each class of equal networks. */
  positions: Int32Array;
  /** For each cell of the space the number of the candidate that stands for it. */
  numberOf: Int32Array;
}

/**
 * The candidates of a space.
 *
 * @param distinct whether the search knows which cells make equal networks (`networkForm`), and trains one of each
 */
export function candidates(space: SearchSpace, distinct: boolean): Candidates {
  const everyCell = Int32Array.from(space.cells.keys());
  if (!distinct) return { positions: everyCell, numberOf: everyCell };
  const { representatives, representativeOf } = equalNetworks(space);
  const numbers = new Map(Array.from(representatives, (position, number) => [position, number]));
  return { positions: representatives, numberOf: representativeOf.map((position) => numbers.get(position)!) };
}

/**
 * The candidates in random order, by number: in that of the first cell of each among all cells in random order, so that a
 * network of many cells comes early more often. Without `distinct` its beginning is the pool that every predictor of this
 * seed is trained on (`drawPools`).
 */
export function drawnOrder({ positions, numberOf }: Candidates, seed: number): Int32Array {
  const cells = numberOf.length;
  const numbers = new Set(new Random(seed, 'pool').sample(cells, cells).map((position) => numberOf[position]!));
  return Int32Array.from(numbers).subarray(0, positions.length);
}

/** Candidates in the order of their trainings: the pool, then down the ranking without it, until the budget is spent. */
export function thenRanked(pool: Iterable<number>, ranking: Iterable<number>, budget: number): number[] {
  return [...new Set([...pool, ...ranking])].slice(0, budget);
}

/** Throws a RangeError unless the budget is an integer from `least` to the number of candidates. */
export function checkBudget(space: SearchSpace, { positions }: Candidates, budget: number, least = 1): void {
  if (Number.isInteger(budget) && budget >= least && budget <= positions.length) return;
  throw new RangeError(
    `a budget of ${budget} trainings cannot be spent on ${space.name}: give an integer from ${least} to ${positions.length}`,
  );
}
