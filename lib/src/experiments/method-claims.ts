/** Claims that one method of a set of runs does better than another, over several N. */
import { findMethod } from '../search/methods';
import { std } from '../statistics/intervals';
import { compare, overRepeats, statisticFinding, type Claim, type ClaimSubject } from './claims';
import type { ReadRepeats, RunSet } from './run-set';
import { stepRows, stepTitle, type MethodStep } from './run-set-rows';

/** What a claim is about, and over which N its means are taken. */
export interface MethodClaimOptions {
  subject: ClaimSubject;
  budgets: readonly number[];
  /** The paper's number. */
  paper?: string;
}

const NOT_COMPARED = 'not compared';

/** The better method's best of the first K cells against the other's, paired by seed; and at how many N it holds alone. */
export function stepClaim(
  set: RunSet,
  step: MethodStep,
  { subject, budgets, paper = NOT_COMPARED }: MethodClaimOptions,
): Claim {
  const [first, second] = [step.better, step.worse].map((method) => set.meanOver(budgets, method));
  const alone = stepRows(set, [step], budgets).filter(({ verdict }) => verdict === 'holds').length;
  const found = compare(first!, second!);
  const ours = `${found.ours}, alone at ${alone} of ${budgets.length} N`;
  return { ...subject, claim: stepTitle(step), paper, ...found, ours };
}

/** The same with the best of everything trained, pool and first K cells, which a user would deploy. */
export function deployedClaim(
  set: RunSet,
  step: MethodStep,
  { subject, budgets, paper = NOT_COMPARED }: MethodClaimOptions,
): Claim {
  const [first, second] = [step.better, step.worse].map((method) => set.meanOver(budgets, method, set.deployed));
  const claim = `${stepTitle(step)}, best of everything trained`;
  return { ...subject, claim, paper, ...compare(first!, second!) };
}

/** A method against random search with as many trainings: by the paper's score, and by the best of everything trained. */
export function randomClaims(
  set: RunSet,
  method: string,
  { subject, budgets, paper = NOT_COMPARED }: MethodClaimOptions,
): Claim[] {
  const chance = set.meanOver(budgets, method, set.chance);
  const claimOf = (counted: string, read: ReadRepeats): Claim => ({
    ...subject,
    claim: `${findMethod(method).title} > random search${counted}`,
    paper,
    ...compare(set.meanOver(budgets, method, read), chance),
  });
  return [claimOf('', set.best), claimOf(', best of everything trained', set.deployed)];
}

/**
 * A claim that the first spreads less than the second: by how much its standard deviation over the repeats is smaller,
 * the repeats resampled in pairs.
 *
 * @param decimals of the standard deviations in words
 */
export function spreadClaim(
  about: ClaimSubject & Pick<Claim, 'claim' | 'paper'>,
  first: readonly number[],
  second: readonly number[],
  decimals = 2,
): Claim {
  const spread = (values: readonly number[], repeats: ArrayLike<number>): number =>
    std(Array.from(repeats, (repeat) => values[repeat]!));
  const found = overRepeats(first.length, (repeats) => spread(second, repeats) - spread(first, repeats));
  const finding = statisticFinding(found, 'points of std less', decimals);
  const [narrow, wide] = [first, second].map((values) => std(values).toFixed(decimals));
  return { ...about, ...finding, ours: `${narrow} against ${wide}: ${finding.ours}` };
}
