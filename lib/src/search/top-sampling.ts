/** Batch Top Sampling and Fully Top Sampling (protocol §4.2, §4.3, Algorithm 2 of the paper). */
import type { SamplePool } from '../predictors/predictor';
import { Random } from '../tensors/random';
import type { Acquisition } from './acquisition';
import { tenth } from './tenth';

/** Cells that Siamese-Ranking orders again while it samples, c of protocol §4.1. */
export const REFINED_WHILE_SAMPLING = 30;

/** The first new cells of a ranking of a random tenth of the space, a fresh one at each update. */
export const batchTopSampling: Acquisition = {
  candidates: tenth,
  pick: ({ rank, pools, seeds, size, update, wanted }) => {
    const subset = batchTopSampling.candidates(size);
    const tenths = seeds.map((seed) => new Random(seed, 'top-sampling', update).sample(size, subset));
    const ranked = rank(tenths, REFINED_WHILE_SAMPLING, deepest(pools, wanted));
    return ranked.map((cells, r) => firstNew(cells, pools[r]!, wanted));
  },
};

/** The first new cells of a ranking of the whole space. */
export const fullyTopSampling: Acquisition = {
  candidates: (size) => size,
  pick: ({ rank, pools, size, wanted }) => {
    const everyCell = Int32Array.from({ length: size }, (_, cell) => cell);
    const ranked = rank(
      pools.map(() => everyCell),
      REFINED_WHILE_SAMPLING,
      deepest(pools, wanted),
    );
    return ranked.map((cells, r) => firstNew(cells, pools[r]!, wanted));
  },
};

/** How far down a ranking the new cells can be: all of a pool may come first. */
function deepest(pools: readonly SamplePool[], wanted: number): number {
  return Math.max(...pools.map(({ positions }) => positions.length)) + wanted;
}

/** The first cells of a ranking that are not in the pool yet (protocol §4.2, duplicates). */
export function firstNew(ranked: Int32Array, pool: SamplePool, wanted: number): Int32Array {
  const known = new Set(pool.positions);
  return ranked.filter((cell) => !known.has(cell)).slice(0, wanted);
}
