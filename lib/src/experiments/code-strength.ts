import { spearman } from '../statistics/rank-correlation';
import type { CodeSource } from '../tables/code-source';

/**
 * How much a code says of what judges: |Spearman| with it over all cells, 0 to 1, of the entry that says most.
 *
 * @param scores percent, by position: all cells of the space, each of which has a code
 */
export function codeStrength(codes: CodeSource, scores: ArrayLike<number>): number {
  const { entries } = codes;
  const read = codes.read(Int32Array.from({ length: scores.length }, (_, position) => position));
  const correlations = Array.from({ length: entries }, (_, entry) =>
    Math.abs(
      spearman(
        Array.from(scores, (_score, position) => read[position * entries + entry]!),
        scores,
      ),
    ),
  );
  return Math.max(...correlations);
}
