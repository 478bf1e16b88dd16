import { candidates, checkBudget, drawnOrder } from '../candidates';
import type { SearchProblem } from '../method';
import { Random } from '../../tensors/random';

/** How a search stops in the middle of what it does: its last training is spent. */
class BudgetSpent extends Error {}

/** What a search by trial and error sees: cells in, labels out, until its budget is spent. */
export interface Trainings {
  /** Randomness of this seed and method. */
  random: Random;
  /**
   * The label of a cell, percent; costs a training, unless the cell (or a network known to equal it) was trained and is not
   * trained again.
   */
  train: (position: number) => number;
  /** Whether the cell (or a network known to equal it) was trained. */
  isKnown: (position: number) => boolean;
  /** A cell drawn at random among those that are not known, in the order of the seed's pool. */
  draw: () => number;
}

interface SpendOptions {
  budget: number;
  seed: number;
  distinct: boolean;
  again?: boolean;
  stream: string;
}

/**
 * Runs a search that goes on for ever until its budget is spent.
 *
 * @param distinct whether it knows which cells make equal networks
 * @param again whether a cell that was trained is trained again, at the full price, when it comes up once more
 * @param stream names the method's randomness
 * @returns the cells trained, in order, `budget` of them
 * @throws RangeError for a budget larger than the space
 */
export function spend(
  { space, labels }: SearchProblem,
  { budget, seed, distinct, again = false, stream }: SpendOptions,
  search: (trainings: Trainings) => never,
): number[] {
  const cells = candidates(space, distinct);
  checkBudget(space, cells, budget);
  const drawn = drawnOrder(cells, seed);
  const known = new Map<number, number>(); // candidate → label, percent
  const trained: number[] = [];
  let next = 0;
  const isKnown = (position: number): boolean => known.has(cells.numberOf[position]!);
  const trainings: Trainings = {
    random: new Random(seed, stream),
    isKnown,
    train(position) {
      const candidate = cells.numberOf[position]!;
      const label = known.get(candidate);
      if (label !== undefined && !again) return label;
      if (trained.length === budget) throw new BudgetSpent();
      known.set(candidate, labels[position]!);
      trained.push(position);
      return labels[position]!;
    },
    draw() {
      while (next < drawn.length && known.has(drawn[next]!)) next++;
      if (next === drawn.length) throw new BudgetSpent(); // every cell is known
      return cells.positions[drawn[next]!]!;
    },
  };
  try {
    search(trainings);
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
  }
  return trained;
}

/**
 * The cells one change away.
 *
 * @throws Error for a space that does not say which these are
 */
export function neighboursOf({ space }: SearchProblem): (position: number) => Int32Array {
  if (space.neighbours) return space.neighbours;
  throw new Error(`${space.name} does not say which cells are neighbours, so no search can step from one to the next`);
}
