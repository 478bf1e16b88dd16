import { partName } from '../benchmarks/random-part';
import { findBenchmark } from '../benchmarks/registry';
import { loadAccuracies } from '../tables/accuracies';
import { contestPlan, type Contender } from './contenders';
import type { PartsContest } from './improvements';
import { makeSearches, type MakeSearchesOptions } from './make-searches';
import { belowBest, type SearchCurve } from './search-curve';
import type { ComparedMethod } from './search-rows';

/**
 * Searches of random parts of a space, one a part: missing ones are made.
 *
 * @param parts how many, drawn by the numbers 1 … parts
 * @returns a method a contender; its i-th curve is of the i-th part, in points below the best of that part, so that 0 is
 *   the best of all
 * @throws Error as `makeSearches`
 */
export async function searchParts(
  contest: PartsContest,
  contenders: readonly Contender[],
  parts: number,
  options: MakeSearchesOptions = {},
): Promise<ComparedMethod[]> {
  const { space: whole, dataset, label, share } = contest;
  const curves = contenders.map((): SearchCurve[] => []);
  for (let draw = 1; draw <= parts; draw++) {
    const space = partName(whole, share, draw);
    const { best } = loadAccuracies(findBenchmark(space), dataset, { label });
    const plans = contenders.map((contender) => contestPlan({ ...contest, space }, contender, 1));
    const searches = await makeSearches(plans, options);
    searches.forEach((search, i) => curves[i]!.push(belowBest(search.curves[0]!, best)));
  }
  return contenders.map(({ title }, i) => ({ title, curves: curves[i]! }));
}
