/** Claims about searches that are compared on one data set. */
import { type Interval } from '../statistics/intervals';
import { signed } from '../statistics/signed';
import { compare, decide, overRepeats, type Claim, type ClaimSubject, type Verdict } from './claims';
import { scoreAfter, trainingsTo, type SearchCurve } from './search-curve';
import { median, needs, type ComparedMethod } from './search-rows';

/** What claims of a data set share. */
export interface ContestSubject {
  subject: ClaimSubject;
  /** The highest score there is, percent. */
  best: number;
}

/** For 'within how many points of the best' in words. */
const regretName = (regret: number): string => (regret === 0 ? 'the best cell' : `a regret of ${regret}`);

/**
 * One method needs fewer trainings than another to come within `regret` points of the best: paired by seed, and counted up
 * to the trainings of the shorter of the two searches, which a search that did not come there in time counts as having
 * needed.
 */
export function needClaim(
  [first, second]: readonly [ComparedMethod, ComparedMethod],
  regret: number,
  { subject, best }: ContestSubject,
): Claim {
  const n = Math.min(first.curves.length, second.curves.length);
  const most = Math.min(...[...first.curves, ...second.curves].map(({ trainings }) => trainings));
  const [own, others] = [first, second].map(({ curves }) =>
    curves.slice(0, n).map((curve) => trainingsTo(curve, best - regret)),
  );
  const counted = (needed: readonly number[]): number[] => needed.map((trainings) => Math.min(most, trainings));
  const arrived = (needed: readonly number[]): string =>
    `${((100 * needed.filter((trainings) => trainings <= most).length) / n).toFixed(0)} %`;
  const found = compare(counted(others!), counted(own!), { unit: 'trainings' });
  return {
    ...subject,
    claim: `of ${most} trainings, ${first.title} needs fewer to ${regretName(regret)} than ${second.title}`,
    paper: 'not compared',
    ...found,
    ours: `${found.ours}; ${arrived(own!)} against ${arrived(others!)} have it by then`,
  };
}

/**
 * What one method found with so many trainings is better than what another found with its own number: paired by seed.
 *
 * @throws RangeError where a search ended before
 */
export function foundClaim(
  [first, second]: readonly [ComparedMethod, ComparedMethod],
  [firstTrainings, secondTrainings]: readonly [number, number],
  { subject }: ContestSubject,
): Claim {
  const n = Math.min(first.curves.length, second.curves.length);
  const kept = (curves: readonly SearchCurve[], trainings: number): number[] =>
    curves.slice(0, n).map((curve) => {
      if (curve.trainings >= trainings) return scoreAfter(curve, trainings)!;
      throw new RangeError(`a search of ${curve.trainings} trainings says nothing of ${trainings}`);
    });
  return {
    ...subject,
    claim: `${first.title} with ${firstTrainings} trainings > ${second.title} with ${secondTrainings}`,
    paper: 'not compared',
    ...compare(kept(first.curves, firstTrainings), kept(second.curves, secondTrainings)),
  };
}

/** The median search has the best cell within so many trainings: by the interval of the median. */
export function goalClaim(method: ComparedMethod, goal: number, { subject, best }: ContestSubject): Claim {
  const { median, interval, n } = needs(method, best, 0);
  const { low, high } = interval;
  const [middle, from, to] = [median, low, high].map((value) =>
    Number.isFinite(value) ? `${Number(value.toFixed(1))}` : 'never',
  );
  return {
    ...subject,
    claim: `${method.title} has the best cell within ${goal} trainings (median)`,
    paper: 'not compared',
    ours: `${middle} (95 % interval ${from} to ${to}, n = ${n}), ${signed(median - goal, 1)} to the goal`,
    verdict: isAtMost({ n, low, high }, goal),
    value: median,
    low,
    high,
    n,
    unit: 'trainings',
  };
}

/**
 * The median search needs at most a share of the trainings that the median search of the best of its rivals needs: seeds
 * resampled in pairs. Where one of the two ended before, the share is known to lie between two bounds; the interval reaches
 * from the lower end of the lower bound to the upper end of the upper one.
 */
export function shareClaim(
  method: ComparedMethod,
  rivals: readonly ComparedMethod[],
  share: number,
  { subject, best }: ContestSubject,
): Claim {
  const rival = rivals.reduce((a, b) => (needs(b, best, 0).median < needs(a, best, 0).median ? b : a));
  const n = Math.min(method.curves.length, rival.curves.length);
  const [own, others] = [method, rival].map(({ curves }) => ({
    needed: curves.slice(0, n).map((curve) => trainingsTo(curve, best)),
    ended: Math.min(...curves.map(({ trainings }) => trainings)),
  }));
  const bounds = (repeats: ArrayLike<number>): { least: number; most: number } => {
    const [first, second] = [own!, others!].map(({ needed }) => median(Array.from(repeats, (i) => needed[i]!)));
    return {
      least: Math.min(first!, own!.ended) / second!,
      most: Math.min(first! / Math.min(second!, others!.ended), UNBOUNDED),
    };
  };
  const [lower, upper] = [
    overRepeats(n, (repeats) => bounds(repeats).least),
    overRepeats(n, (repeats) => bounds(repeats).most),
  ];
  const [low, high] = [lower.low, upper.high];
  const text = (value: number): string => (value >= UNBOUNDED ? '∞' : value.toFixed(2));
  const known = lower.value === upper.value;
  const value = known ? text(upper.value) : `between ${text(lower.value)} and ${text(upper.value)}`;
  return {
    ...subject,
    claim: `${method.title} needs at most ${share.toFixed(2)} of the trainings of the best rival`,
    paper: 'not compared',
    ours: `${value} of ${rival.title} (95 % interval ${text(low)} to ${text(high)}, n = ${n})`,
    verdict: isAtMost({ n, low, high }, share),
    ...(known && { value: upper.value }),
    low,
    high,
    n,
  };
}

/** Decides the claim that something is at most so much: the opposite of that it is more. */
function isAtMost(found: Interval & { n: number }, most: number): Verdict {
  const isMore = decide(found, most);
  if (isMore === 'holds') return 'does not hold';
  return isMore === 'does not hold' ? 'holds' : isMore;
}

/** Stands for ∞ among shares: quantiles are interpolated, and ∞ − ∞ is no number. */
const UNBOUNDED = 99;
