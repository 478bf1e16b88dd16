/**
 * Rivals' own curves on CIFAR-100 of NAS-Bench-201, and whether ours agree with them: Dudziak et al. 2020 (BRP-NAS), the
 * average best test accuracy against trained models, as `abdelfattah-lab/flan_nas` read it from the figure
 * (`nas_search/brpnascf10.py`).
 *
 * Their score is the best test accuracy of all cells trained so far, averaged over the benchmark's trainings of a cell, and
 * labels are validation accuracies; no column of ours is both. Random search is in their figure too, and lies 0.2 points
 * above ours on means of trials (0.1 on one trial): so what is compared is by how much a search leads random search with as
 * many trainings.
 */
import { randomSearch } from '../search/random-search';
import { bootstrapInterval, mean } from '../statistics/intervals';
import { signed } from '../statistics/signed';
import type { Accuracies } from '../tables/accuracies';
import { findMethod } from '../search/methods';
import { compare, FEWEST_DECIDABLE, subjectOf, type Claim, type ClaimSubject } from './claims';
import { BRP_NAS, type Contender } from './contenders';
import { BETTER_THAN_BRP_NAS_ABOVE } from './paper-numbers';
import type { RunSet } from './run-set';
import { scoreAfter, type SearchCurve } from './search-curve';

/** What was published of a method. */
export interface PublishedCurve {
  /** Who searches here by the same settings. */
  contender: Contender;
  /** Trainings, and the average best test accuracy in percent. */
  points: readonly (readonly [trainings: number, accuracy: number])[];
}

/** Random search in the same figure. */
const RANDOM_SEARCH = [
  [38, 71.02],
  [47, 71.24],
  [60, 71.42],
  [78, 71.57],
  [99, 71.78],
  [116, 71.84],
  [137, 71.96],
  [168, 72.12],
  [200, 72.22],
  [237, 72.36],
] as const;

/** Two points read from a figure, each to about this, percent points. */
const READING_ERROR = 0.05;

/** Where even the best cell leads random search by less than was published: the scales end at different heights. */
const NO_CELL_LEADS = 'not decidable: no cell leads by so much';

/** The figure does not say its population: 10 is that of NAS-Bench-201's authors, 64 the other end of what is usual. */
const POPULATIONS = [10, 64];

const EVOLUTION_POINTS = [
  [94, 72.46],
  [130, 73.14],
  [204, 73.68],
] as const;

const evolution = (population: number): Contender => ({
  title: `evolution, population ${population}`,
  method: 'evolution',
  // 10 is the method's own: said again, it would be another search to the records.
  changes: population === 10 ? { distinct: false } : { distinct: false, population, initial: population },
});

/** The curves that can be checked here. */
export const PUBLISHED_CURVES: readonly PublishedCurve[] = [
  {
    contender: BRP_NAS,
    points: [
      [41, 72.72],
      [77, 73.5],
      [98, 73.67],
      [129, 73.83],
      [170, 73.85],
      [196, 73.88],
      [258, 73.89],
    ],
  },
  ...POPULATIONS.map((population) => ({ contender: evolution(population), points: EVOLUTION_POINTS })),
];

/**
 * Whether searches lead random search by as much as published, a claim a point: it holds when the 95 % interval over our
 * seeds, widened by what reading the figure may err, contains the published lead. How many seeds are behind the published
 * points is not known.
 *
 * @param curves a search each; label and score have to be one column, as random search is judged by it
 */
export function agreementClaims(
  { contender, points }: PublishedCurve,
  curves: readonly SearchCurve[],
  accuracies: Accuracies,
): Claim[] {
  const reached = points.filter(([trainings]) => curves.every((curve) => curve.trainings >= trainings));
  return reached.map(([trainings, accuracy]) => {
    const random = randomSearch(accuracies.score.values, trainings);
    const leads = curves.map((curve) => scoreAfter(curve, trainings)! - random);
    const published = accuracy - between(RANDOM_SEARCH, trainings);
    const { low, high } = bootstrapInterval(leads);
    const [value, n] = [mean(leads), leads.length];
    const most = accuracies.best - random;
    const agrees = low - READING_ERROR <= published && published <= high + READING_ERROR;
    const verdict = agrees ? 'holds' : 'does not hold';
    return {
      ...subjectOf('–', accuracies),
      claim: `${contender.title} leads random search after ${trainings} trainings by as much as published`,
      paper: `${signed(published)} (BRP-NAS)`,
      ours: `${signed(value)} points (95 % interval ${signed(low)} to ${signed(high)}, n = ${n})`,
      verdict: n < FEWEST_DECIDABLE ? 'not decidable with these n' : published > most ? NO_CELL_LEADS : verdict,
      value,
      low,
      high,
      n,
      unit: 'points',
    };
  });
}

/**
 * A method's runs against the published BRP-NAS with as many trainings, N + K, a claim an N in its range: by how much the best of
 * everything trained leads random search. Codes are not counted. The interval is over our seeds alone.
 */
export function againstPublishedBrpNas(
  set: RunSet,
  method: string,
  { subject, budgets }: { subject: ClaimSubject; budgets: readonly number[] },
): Claim[] {
  const isPublished = (budget: number): boolean =>
    [PUBLISHED_CURVES[0]!.points, RANDOM_SEARCH].every((points) => isWithin(points, budget + set.top));
  return budgets.filter(isPublished).map((budget) => {
    const trainings = budget + set.top;
    const published = between(PUBLISHED_CURVES[0]!.points, trainings) - between(RANDOM_SEARCH, trainings);
    const leads = set.deployed(method, budget).map((score) => score - set.random(trainings));
    const found = compare(
      leads,
      leads.map(() => published),
    );
    return {
      ...subject,
      claim: `N + K = ${trainings}: ${findMethod(method).title} leads random search by more than BRP-NAS as published`,
      paper: trainings > BETTER_THAN_BRP_NAS_ABOVE ? 'better' : '–',
      ...found,
      verdict: published > set.accuracies.best - set.random(trainings) ? NO_CELL_LEADS : found.verdict,
      ours: `${signed(mean(leads))} against ${signed(published)}: ${found.ours}`,
    };
  });
}

/** Whether there are points of the figure on both sides. */
function isWithin(points: PublishedCurve['points'], trainings: number): boolean {
  return points[0]![0] < trainings && trainings <= points.at(-1)![0];
}

/** On a straight line between two points of the figure. */
function between(points: PublishedCurve['points'], trainings: number): number {
  const after = points.findIndex(([n]) => n >= trainings);
  const [[x0, y0], [x1, y1]] = [points[after - 1]!, points[after]!];
  return y0 + ((y1 - y0) * (trainings - x0)) / (x1 - x0);
}
