/** Claims that one method of a set of runs does better than another, over several N. */
import { findMethod } from '../search/methods';
import { mean, std } from '../statistics/intervals';
import { compare, overRepeats, statisticFinding, type Claim, type ClaimSubject } from './claims';
import { BETTER_THAN_BRP_NAS_ABOVE } from './paper-numbers';
import type { ReadRepeats, RunSet } from './run-set';
import { stepRows, stepTitle, type MethodStep } from './run-set-rows';
import { scoreAfter } from './search-curve';
import type { ComparedMethod } from './search-rows';

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

/**
 * A method's runs against the searches of BRP-NAS with as many trainings, N + K, a claim an N: the best of everything
 * trained, paired by seed. Codes are not counted.
 *
 * @param brpNas searches of the seeds 1, 2, …, as many of them as there are; an N whose N + K they do not reach is left out
 */
export function againstBrpNas(
  set: RunSet,
  method: string,
  brpNas: ComparedMethod,
  { subject, budgets }: MethodClaimOptions,
): Claim[] {
  const most = Math.min(...brpNas.curves.map(({ trainings }) => trainings));
  return budgets.flatMap((budget): Claim[] => {
    const trainings = budget + set.top;
    if (trainings > most) return [];
    const theirs = brpNas.curves.map((curve) => scoreAfter(curve, trainings)!).slice(0, set.repeats);
    const own = set.deployed(method, budget).slice(0, theirs.length);
    const found = compare(own, theirs);
    return [
      {
        ...subject,
        claim: `N + K = ${trainings}: ${findMethod(method).title} > ${brpNas.title}, best of everything trained`,
        paper: trainings > BETTER_THAN_BRP_NAS_ABOVE ? 'better' : '–',
        ...found,
        ours: `${mean(own).toFixed(2)} against ${mean(theirs).toFixed(2)}: ${found.ours}`,
      },
    ];
  });
}
