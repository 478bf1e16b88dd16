import { probit } from 'simple-statistics';
import { denseRanks } from './rank-correlation';

/**
 * The normal scores of values: the quantile of the standard normal distribution at (rank − ½) / n, where equal values share
 * their mean rank. What is learned from them depends on the order of accuracies alone, and the few that are far below all
 * others weigh no more than their rank.
 */
export function normalScores(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  if (n === 0) return new Float64Array();
  const dense = denseRanks(values);
  const counts = new Float64Array(n);
  dense.forEach((rank) => counts[rank]!++);
  let below = 0;
  const scores = counts.map((count) => {
    const score = count === 0 ? NaN : probit((below + count / 2) / n);
    below += count;
    return score;
  });
  return Float64Array.from(dense, (rank) => scores[rank]!);
}
