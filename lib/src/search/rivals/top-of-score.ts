import { Random } from '../../tensors/random';
import { candidates, checkBudget } from '../candidates';
import type { Method } from '../method';

/**
 * The control that a search needs: the cells of highest score are trained one after the other, and nothing is learned. The
 * score is the first entry of the codes; equals come in random order.
 *
 * @param distinct whether it knows which cells make equal networks, and trains one of each
 * @throws Error when the problem has no source of scores
 */
export function topOfScore(distinct: boolean): Method {
  return {
    title: 'top of a score',
    readsCodes: true,
    settings: { distinct },
    search({ space, codes }, budget, seeds, progress) {
      if (!codes) throw new Error('the top of a score needs a source of scores: name one');
      const cells = candidates(space, distinct);
      checkBudget(space, cells, budget);
      const read = codes.read(cells.positions);
      const score = (candidate: number): number => read[candidate * codes.entries]!;
      return seeds.map((seed, i) => {
        const order = new Random(seed, 'top of score').sample(cells.positions.length, cells.positions.length);
        const ranked = order.sort((a, b) => score(b) - score(a)); // a stable sort keeps equals in their random order
        const place = new Int32Array(ranked.length);
        ranked.forEach((candidate, rank) => (place[candidate] = rank));
        const everyCell = Int32Array.from(space.cells.keys());
        const placeOf = (position: number): number => place[cells.numberOf[position]!]!;
        progress?.(i + 1, seeds.length);
        return {
          trained: Array.from(ranked.subarray(0, budget), (candidate) => cells.positions[candidate]!),
          ranking: everyCell.sort((a, b) => placeOf(a) - placeOf(b) || a - b),
          codesUsed: cells.positions.length,
        };
      });
    },
  };
}
