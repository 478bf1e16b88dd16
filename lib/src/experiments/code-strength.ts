import { spearman } from '../statistics/rank-correlation';
import { descendingOrder } from '../statistics/descending-order';
import type { CodeSource } from '../tables/code-source';

/**
 * How much a code says of what judges: |Spearman| with it, 0 to 1, of the entry that says most.
 *
 * @param scores percent, by position in the space
 * @param best over that many cells of the highest scores, which a search has to tell apart; over all when left out
 */
export function codeStrength(codes: CodeSource, scores: ArrayLike<number>, best = scores.length): number {
  const { entries } = codes;
  const cells = descendingOrder(scores).slice(0, best);
  const read = codes.read(cells);
  const wanted = Array.from(cells, (position) => scores[position]!);
  const correlations = Array.from({ length: entries }, (_, entry) =>
    Math.abs(
      spearman(
        wanted.map((_score, i) => read[i * entries + entry]!),
        wanted,
      ),
    ),
  );
  return Math.max(...correlations);
}
