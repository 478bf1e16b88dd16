/**
 * What random search is worth: the exact expectation of the best of n different cells drawn uniformly (protocol §5.5),
 * E = Σ a₍ᵢ₎ · C(i−1, n−1) / C(M, n) over the accuracies a₍₁₎ ≤ … ≤ a₍M₎. The weight of the best cell is n/M and each
 * weight follows from the next one, so no binomial coefficient is ever formed.
 *
 * @param accuracies of all M cells, in percent
 * @param draws n
 * @returns percent
 * @throws RangeError unless n is an integer from 1 to M
 */
export function randomSearch(accuracies: ArrayLike<number>, draws: number): number {
  const cells = accuracies.length;
  if (!Number.isInteger(draws) || draws < 1 || draws > cells)
    throw new RangeError(`random search draws 1 to ${cells} cells, an integer, not ${draws}`);
  const ascending = Float64Array.from(accuracies).sort();
  let weight = draws / cells; // probability that the i-th of the ascending order is the best of the drawn
  let expectation = 0;
  for (let i = cells; i >= draws; i--) {
    expectation += weight * ascending[i - 1]!;
    weight *= (i - draws) / (i - 1);
  }
  return expectation;
}
