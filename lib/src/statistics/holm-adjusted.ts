/**
 * Holm's correction for many tests at once: p values to compare with the level that was meant for all of them together,
 * so that the chance of even one false finding stays below it, whatever the tests have to do with each other.
 *
 * @param p of each test, in any order
 * @returns in the same order, at most 1; a smaller p never gets a larger corrected one
 * @throws RangeError for a p outside [0, 1]
 */
export function holmAdjusted(p: readonly number[]): number[] {
  const wrong = p.find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined) throw new RangeError(`p = ${wrong} is not between 0 and 1`);
  const ascending = p.map((_, i) => i).sort((i, j) => p[i]! - p[j]!);
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  ascending.forEach((test, rank) => {
    largest = Math.max(largest, Math.min(1, (p.length - rank) * p[test]!));
    adjusted[test] = largest;
  });
  return adjusted;
}
