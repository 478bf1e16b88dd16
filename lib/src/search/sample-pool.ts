import type { SamplePool } from '../predictors/predictor';
import { Random } from '../tensors/random';

/** What a sampled cell brings into a pool. */
export interface SampleSource {
  /** What training a cell reveals, percent, by position. */
  labels: ArrayLike<number>;
  /** Reads codes for one repeat, `[B · entries]`; absent for a predictor without estimation branch. */
  readCodes?: (repeat: number, positions: ArrayLike<number>) => Float32Array;
}

/** Adds cells to one repeat's pool, with their labels and, where the predictor reads them, their codes. */
export function addSamples(pool: SamplePool, repeat: number, cells: ArrayLike<number>, source: SampleSource): void {
  for (let i = 0; i < cells.length; i++) {
    pool.positions.push(cells[i]!);
    pool.labels.push(source.labels[cells[i]!]!);
  }
  if (source.readCodes) pool.codes.push(...source.readCodes(repeat, cells));
}

/**
 * Pools of cells drawn uniformly without replacement (protocol §3.4), one a seed. A smaller draw of a seed is the
 * beginning of its larger ones, so every method starts from the same cells.
 *
 * @param seeds one a repeat
 * @param count cells of each pool
 * @throws RangeError when the space has fewer cells
 */
export function drawPools(seeds: readonly number[], count: number, source: SampleSource): SamplePool[] {
  return seeds.map((seed, repeat) => {
    const pool: SamplePool = { positions: [], labels: [], codes: [] };
    addSamples(pool, repeat, new Random(seed, 'pool').sample(source.labels.length, count), source);
    return pool;
  });
}
