import type { Random } from '../../tensors/random';

/** A mutation gives each of six operations another one with probability ¼ (naszilla's `cell_201.py`): so many at most. */
const LARGEST_MUTATION = 6;
const CHANGE_PROBABILITY = 1 / 4;

/**
 * A cell some changes away, 1.5 on average and none in 18 % of cases, as naszilla mutates; two changes may meet in one
 * edge, which theirs do not.
 *
 * @param neighbours the positions of the cells one change away
 */
export function mutate(position: number, neighbours: (position: number) => Int32Array, random: Random): number {
  let mutated = position;
  for (let change = 0; change < LARGEST_MUTATION; change++) {
    if (random.uniform() >= CHANGE_PROBABILITY) continue;
    const around = neighbours(mutated);
    if (around.length > 0) mutated = around[random.integer(around.length)]!;
  }
  return mutated;
}
