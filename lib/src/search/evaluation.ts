import { descendingOrder } from './siamese-ranking';

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

  const trueOrder = descendingOrder(accuracies);
  const trueRank = new Int32Array(trueOrder.length);
  trueOrder.forEach((cell, rank) => (trueRank[cell] = rank));
  const meanRank = sharedRanks(trueOrder, accuracies);

  const n = ranking.length;
  const middle = (n - 1) / 2;
  let squaredDistance = 0; // Σ d² with ties by order
  let product = 0; // Σ (x − x̄)(y − ȳ) with ties shared
  let spread = 0; // Σ (y − ȳ)² with ties shared
  ranking.forEach((cell, rank) => {
    squaredDistance += (rank - trueRank[cell]!) ** 2;
    product += (rank - middle) * (meanRank[cell]! - middle);
    spread += (meanRank[cell]! - middle) ** 2;
  });
  const rankSpread = (n * (n * n - 1)) / 12; // Σ (x − x̄)² of the ranks 0 … n − 1
  return {
    bestAccuracy,
    spearman: product / Math.sqrt(rankSpread * spread),
    psp: 1 - (6 * squaredDistance) / (n * (n * n - 1)),
  };
}

/** Rank of each cell in the true order, 0 first; cells of equal accuracy get the mean of their ranks. */
function sharedRanks(order: Int32Array, accuracies: ArrayLike<number>): Float64Array {
  const ranks = new Float64Array(order.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && accuracies[order[end]!] === accuracies[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}
