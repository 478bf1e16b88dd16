/** Rank correlations of two lists of numbers, entry i of both belonging to the same thing (here: a cell). */
import { descendingOrder } from './descending-order';

/**
 * Spearman's rank correlation with ties averaged. NaN when one side has no two different values.
 *
 * @throws RangeError when the two differ in length, have fewer than two values, or a value is not a number
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkPairs(a, b);
  return weightedSpearman(denseRanks(a), denseRanks(b), new Int32Array(a.length).fill(1));
}

/**
 * The paper's own form of Spearman's correlation, 1 − 6 Σd² / (n(n² − 1)): of equal values the earlier one ranks
 * higher, as in a stable sort from the best to the worst, instead of sharing the mean rank (protocol §5.1). Kept for
 * comparison: with many ties it differs from {@link spearman}.
 *
 * @throws RangeError when the two differ in length or have fewer than two values
 */
export function psp(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkPairs(a, b);
  const n = a.length;
  const [first, second] = [orderRanks(a), orderRanks(b)];
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (first[i]! - second[i]!) ** 2;
  return 1 - (6 * squares) / (n * (n * n - 1));
}

/**
 * Kendall's τ-b: (concordant − discordant pairs) / √(pairs untied in a · pairs untied in b), as SciPy has it. NaN when one
 * side has no two different values. In n log n: discordant pairs are the exchanges of a merge sort (Knight 1966).
 *
 * @throws RangeError when the two differ in length, have fewer than two values, or a value is not a number
 */
export function kendall(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkPairs(a, b);
  const [first, second] = [denseRanks(a), denseRanks(b)];
  const n = first.length;
  const order = Int32Array.from(first.keys()).sort((i, j) => first[i]! - first[j]! || second[i]! - second[j]!);
  const pairs = (n * (n - 1)) / 2;
  const tiedFirst = tiedPairs(order.map((i) => first[i]!));
  const tiedBoth = tiedPairs(Float64Array.from(order, (i) => first[i]! * n + second[i]!));
  const sequence = order.map((i) => second[i]!);
  const discordant = exchanges(sequence); // sorts it
  const tiedSecond = tiedPairs(sequence);
  const difference = pairs - tiedFirst - tiedSecond + tiedBoth - 2 * discordant;
  return difference / Math.sqrt((pairs - tiedFirst) * (pairs - tiedSecond));
}

/** Throws a RangeError unless the lists can be correlated: equally long, with at least two values. */
export function checkPairs(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length === b.length && a.length >= 2) return;
  throw new RangeError(`a rank correlation needs two equally long lists of 2 or more, got ${a.length} and ${b.length}`);
}

/** For each value the number of different smaller values. Throws a RangeError for a value that is not a number. */
export function denseRanks(values: ArrayLike<number>): Int32Array {
  const ranks = new Int32Array(values.length);
  let rank = 0;
  let previous = NaN;
  for (const i of descendingOrder(values).reverse()) {
    const value = values[i]!;
    if (Number.isNaN(value)) throw new RangeError(`value ${i} of a rank correlation is not a number`);
    if (value > previous) rank++;
    previous = value;
    ranks[i] = rank;
  }
  return ranks;
}

/**
 * Spearman of the pairs, pair i counted times[i] times: Pearson's correlation of the averaged ranks. A resample of the
 * pairs needs no new sorting, since an averaged rank follows from the dense ranks and the counts.
 *
 * @param first dense ranks of one side
 * @param second dense ranks of the other side
 */
export function weightedSpearman(first: Int32Array, second: Int32Array, times: Int32Array): number {
  const [a, b] = [centredRanks(first, times), centredRanks(second, times)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < times.length; i++) {
    const x = a[first[i]!]!;
    const y = b[second[i]!]!;
    const count = times[i]!;
    ab += count * x * y;
    aa += count * x * x;
    bb += count * y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** By dense rank: twice the averaged rank among the counted values, less its mean. */
function centredRanks(dense: Int32Array, times: Int32Array): Float64Array {
  const counts = new Float64Array(dense.length + 1);
  let total = 0;
  for (let i = 0; i < dense.length; i++) {
    counts[dense[i]!]! += times[i]!;
    total += times[i]!;
  }
  let below = 0;
  return counts.map((count) => {
    const rank = 2 * below + count - total;
    below += count;
    return rank;
  });
}

/** Of each value its place in descending order, 0 first. */
function orderRanks(values: ArrayLike<number>): Int32Array {
  const ranks = new Int32Array(values.length);
  descendingOrder(values).forEach((i, rank) => (ranks[i] = rank));
  return ranks;
}

/** Pairs of equal values in a sorted list. */
function tiedPairs(sorted: ArrayLike<number>): number {
  let [pairs, run] = [0, 0];
  for (let i = 1; i < sorted.length; i++) {
    run = sorted[i] === sorted[i - 1] ? run + 1 : 0;
    pairs += run;
  }
  return pairs;
}

/** Sorts a list by merging, and counts the pairs that stood the wrong way round. */
function exchanges(values: Int32Array): number {
  if (values.length < 2) return 0;
  const middle = values.length >> 1;
  const [left, right] = [values.slice(0, middle), values.slice(middle)];
  let count = exchanges(left) + exchanges(right);
  for (let i = 0, l = 0, r = 0; i < values.length; i++) {
    if (r === right.length || (l < left.length && left[l]! <= right[r]!)) values[i] = left[l++]!;
    else {
      values[i] = right[r++]!;
      count += left.length - l;
    }
  }
  return count;
}
