import { descendingOrder } from '../../statistics/descending-order';
import { candidates } from '../candidates';
import type { Method, SearchProblem } from '../method';
import { neighboursOf, spend, type Trainings } from './trainings';

/** Settings of local search. */
export interface LocalSearchSettings {
  /** Where each climb begins: at a cell drawn at random, or at the best unknown one by the first entry of the codes. */
  start: 'random' | 'score';
  /**
   * When it moves: to the best of all neighbours, or to the first one that is better, as naszilla does by default
   * (`query_full_nbhd`; there each climb begins at the best of ten random cells).
   */
  move: 'best' | 'first';
  /** Whether it knows which cells make equal networks, and trains none again. */
  distinct: boolean;
}

/**
 * Local search (White et al. 2021, algorithm 1): the neighbours of a cell are trained, a better one is the next cell, until
 * none is better; then it starts anew.
 *
 * @throws Error, when it searches a space without `neighbours`, or from a score without a source
 */
export function localSearch(settings: LocalSearchSettings): Method {
  const { start, move, distinct } = settings;
  return {
    title: start === 'random' ? 'local search' : 'local search from the top of a score',
    readsCodes: start === 'score',
    settings,
    search(problem, budget, seeds, progress) {
      const neighbours = neighboursOf(problem);
      const byScore = start === 'score' ? cellsByScore(problem, distinct) : undefined;
      return seeds.map((seed, i) => {
        const trained = spend(problem, { budget, seed, distinct, stream: 'local search' }, (trainings) =>
          climb(move, neighbours, byScore, trainings),
        );
        progress?.(i + 1, seeds.length);
        return { trained, ...(byScore && { codesUsed: byScore.length }) };
      });
    },
  };
}

function climb(
  move: LocalSearchSettings['move'],
  neighbours: (position: number) => Int32Array,
  byScore: Int32Array | undefined,
  { random, train, isKnown, draw }: Trainings,
): never {
  for (;;) {
    let position = byScore?.find((cell) => !isKnown(cell)) ?? draw();
    let label = train(position);
    for (let better = true; better;) {
      better = false;
      // In random order, so that equally good neighbours, and those that the budget still reaches, are any of them.
      const around = neighbours(position);
      for (const i of random.sample(around.length, around.length)) {
        const found = train(around[i]!);
        if (found <= label) continue;
        better = true;
        position = around[i]!;
        label = found;
        if (move === 'first') break;
      }
    }
  }
}

/** The candidates' positions, highest score first. */
function cellsByScore({ space, codes }: SearchProblem, distinct: boolean): Int32Array {
  if (!codes) throw new Error('a search that starts from the top of a score needs a source of scores: name one');
  const { positions } = candidates(space, distinct);
  const read = codes.read(positions);
  const scores = Float64Array.from(positions, (_, i) => read[i * codes.entries]!);
  return descendingOrder(scores).map((i) => positions[i]!);
}
