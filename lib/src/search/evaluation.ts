import { kendall, psp, spearman } from '../statistics/rank-correlation';

/** Cells that the final ranking orders again by codes, c of protocol §4.1. */
export const REFINED_IN_EVALUATION = 60;

/** The deepest look into a ranking that is kept: K = 1 … 200 (protocol §5.1). */
export const DEEPEST_LOOK = 200;

/** How good a final ranking of a whole space is (protocol §5.1). */
export interface Evaluation {
  /** Entry k − 1: the best score, percent, among the first k cells, k = 1 … 200: the paper's, which sees the judge. */
  bestAccuracy: number[];
  /**
   * Entry k − 1: the score, percent, of what a user would deploy after training the pool and the first k cells: the cell
   * of the highest label among all of them.
   */
  deployedAccuracy: number[];
  /** Spearman's correlation of ranking and score, equal scores sharing their mean rank; NaN where all are equal. */
  spearman: number;
  /** The paper's form of it: equal scores are ranked in their order in the table. */
  psp: number;
  /** Kendall's τ-b of ranking and score. */
  kendall: number;
}

/**
 * Judges a ranking. Cells of the training pool are not taken out.
 *
 * @param ranking all cells of the space by position, best first
 * @param trained the cells that were trained before it, by position
 * @param labels what a training reveals, percent, by position
 * @param scores what judges, percent, by position
 */
export function evaluateRanking(
  ranking: Int32Array,
  trained: readonly number[],
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): Evaluation {
  let deployed = deployedCell(trained, labels);
  let best = -Infinity;
  const bestAccuracy: number[] = [];
  const deployedAccuracy: number[] = [];
  for (let look = 0; look < DEEPEST_LOOK; look++) {
    if (look < ranking.length) {
      const cell = ranking[look]!;
      best = Math.max(best, scores[cell]!);
      if (deployed === undefined || labels[cell]! > labels[deployed]!) deployed = cell;
    }
    bestAccuracy.push(best);
    deployedAccuracy.push(scores[deployed!]!);
  }
  const predicted = new Int32Array(ranking.length); // of each cell: the earlier in the ranking, the higher
  ranking.forEach((cell, rank) => (predicted[cell] = -rank));
  return {
    bestAccuracy,
    deployedAccuracy,
    spearman: spearman(predicted, scores),
    psp: psp(predicted, scores),
    kendall: kendall(predicted, scores),
  };
}

/** Of the cells that were trained the one that a user would deploy: the first with the highest label; undefined of none. */
export function deployedCell(trained: readonly number[], labels: ArrayLike<number>): number | undefined {
  let best: number | undefined;
  for (const cell of trained) if (best === undefined || labels[cell]! > labels[best]!) best = cell;
  return best;
}
