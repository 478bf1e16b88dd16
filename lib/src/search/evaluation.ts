import { psp, spearman } from '../statistics/rank-correlation';

/** Cells that the final ranking orders again by codes, c of protocol §4.1. */
export const REFINED_IN_EVALUATION = 60;

/** The deepest look into a ranking that is kept: K = 1 … 200 (protocol §5.1). */
export const DEEPEST_LOOK = 200;

/** How good a final ranking of a whole space is (protocol §5.1). */
export interface Evaluation {
  /** Entry k − 1: the best true accuracy, percent, among the first k cells, k = 1 … 200. */
  bestAccuracy: number[];
  /** Spearman's correlation of ranking and true accuracy, equal accuracies sharing their mean rank. */
  spearman: number;
  /** The paper's form of it: equal accuracies are ranked in their order in the table. */
  psp: number;
}

/**
 * Scores a ranking. Cells of the training pool are not taken out.
 *
 * @param ranking all cells of the space by position, best first
 * @param accuracies true accuracies in percent, by position
 */
export function evaluateRanking(ranking: Int32Array, accuracies: ArrayLike<number>): Evaluation {
  let best = -Infinity;
  const bestAccuracy = Array.from({ length: DEEPEST_LOOK }, (_, look) => {
    if (look < ranking.length) best = Math.max(best, accuracies[ranking[look]!]!);
    return best;
  });
  const score = new Int32Array(ranking.length); // of each cell: the earlier in the ranking, the higher
  ranking.forEach((cell, rank) => (score[cell] = -rank));
  return { bestAccuracy, spearman: spearman(score, accuracies), psp: psp(score, accuracies) };
}
