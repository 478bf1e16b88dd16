/** Views of a set of runs as rows of a table; the property's name is the column's heading. */
import { randomSearch } from '../search/random-search';
import { findMethod } from '../search/methods';
import { mean, pairedDifference, std } from '../statistics/intervals';
import { signed } from '../statistics/signed';
import { summary } from '../statistics/summary';
import type { Accuracies } from '../tables/accuracies';
import { decide } from './claims';
import { PAPER_FIGURE_6B, paperNumber } from './paper-numbers';
import type { RunSet } from './run-set';
import { trainingsSaved, type TrainingsSaved } from './trainings-saved';

/** The better method, and the one that it is held against. */
export interface MethodStep {
  better: string;
  worse: string;
}

/** Each method against the one before it. */
export function stepsOf(methods: readonly string[]): MethodStep[] {
  return methods.slice(1).map((better, i) => ({ better, worse: methods[i]! }));
}

/** 'siams > naive predictor' */
export function stepTitle({ better, worse }: MethodStep): string {
  return `${findMethod(better).title} > ${findMethod(worse).title}`;
}

/** What trains, what judges, and the best that can be found, a line each. */
export function accuracyRows({ policyTitle, label, score, best }: Accuracies) {
  return [
    { what: 'labels', is: policyTitle },
    { what: 'column that trains', is: label.name },
    { what: 'column that judges', is: score.name },
    { what: 'optimum of the labels', is: `${best.toFixed(2)} %` },
  ];
}

/** Mean ± standard deviation of each method at some N, the paper's numbers beside them, and the controls (Fig. 6b). */
export function paperRows(set: RunSet, methods: readonly string[], budgets: readonly number[]) {
  const row = (method: string, of: (budget: number) => { paper?: number; ours: string }) => ({
    method,
    ...(Object.fromEntries(
      budgets.flatMap((budget) => {
        const { paper, ours } = of(budget);
        return [
          [`N = ${budget}, paper`, paper?.toFixed(2) ?? '–'],
          [`N = ${budget}, ours`, ours],
        ];
      }),
    ) as Record<string, string>),
  });
  return [
    ...methods.map((method) =>
      row(findMethod(method).title, (budget) => {
        const ours = set.best(method, budget);
        return {
          paper: paperNumber(PAPER_FIGURE_6B, method, budget + set.top),
          ours: `${mean(ours).toFixed(2)} ± ${std(ours).toFixed(2)}`,
        };
      }),
    ),
    row('random search', (budget) => ({ ours: set.random(budget + set.top).toFixed(2) })),
    row('best of all cells', () => ({ ours: set.accuracies.best.toFixed(2) })),
  ];
}

/** Each point of the curves: mean with its 95 % interval over seeds, spread, random search with as many trainings, and what is left to the best cell. */
export function pointRows(set: RunSet) {
  return set.points().map(({ method, budget, x, mean: ours, interval, std: spread, n }) => ({
    method: findMethod(method).title,
    N: budget,
    'N + K': x,
    ours,
    '95 % from': interval?.low ?? NaN,
    to: interval?.high ?? NaN,
    std: n === 1 ? NaN : spread, // one run has no spread
    n,
    'random search': set.random(x),
    'left to the optimum': set.accuracies.best - ours,
  }));
}

/** Each step at each N alone, as paired differences over seeds; p is of that row alone. */
export function stepRows(set: RunSet, steps: readonly MethodStep[], budgets: readonly number[]) {
  return steps.flatMap((step) =>
    budgets.map((budget) => {
      const difference = pairedDifference(set.best(step.better, budget), set.best(step.worse, budget));
      const { mean: points, low, high, p } = difference;
      return {
        claim: stepTitle(step),
        N: budget,
        points,
        '95 % from': low,
        to: high,
        p: p < 0.0001 ? '< 0.0001' : p.toFixed(4),
        verdict: decide(difference),
      };
    }),
  );
}

/** Records keep four decimals. */
const ROUNDING = 1e-4;

/** How many repeats found the best cell, or one of the two best, where these stand apart from the others. */
export function hitRows(set: RunSet) {
  const { second, third } = summary(set.accuracies.score.values);
  return set.points().map(({ method, budget, x, mean: average, n }) => {
    const found = set.best(method, budget);
    const { lowest, median, best: highest } = summary(found);
    const above = (accuracy: number): number => found.filter((value) => value - accuracy > ROUNDING).length;
    return {
      method: findMethod(method).title,
      N: budget,
      'N + K': x,
      'best cell': above(second!),
      'one of the two': above(third!),
      n,
      median,
      lowest,
      highest,
      mean: average,
    };
  });
}

/** What one method saves against the naive predictor at one of its N (the paper's Eq. 1). */
export interface MethodSaving extends TrainingsSaved {
  method: string;
}

/** The savings of some methods at each N of the rival but the smallest, below which nothing was measured. */
export function savingsOf(set: RunSet, methods: readonly string[], rival: string): MethodSaving[] {
  return methods.flatMap((method) =>
    trainingsSaved(set.runsOf(method), set.runsOf(rival), set.top)
      .filter(({ budget }) => budget > set.budgets[0]!)
      .map((saving) => ({ method, ...saving })),
  );
}

/** The fewest trainings with which random search is expected to reach an accuracy, percent. */
export function randomNeeds(scores: ArrayLike<number>, accuracy: number): number {
  let draws = 1;
  while (randomSearch(scores, draws) < accuracy) draws++;
  return draws;
}

const BOUND = { between: '', 'at the smallest budget': '≥ ', 'at no budget': '≤ ' } as const;

/** At each N of the rival: its accuracy, what each method saves there, and what random search does. */
export function savingRows(set: RunSet, savings: readonly MethodSaving[]) {
  return set.budgets.slice(1).map((budget) => {
    const here = savings.filter((saving) => saving.budget === budget);
    const { accuracy } = here[0]!;
    const trainings = (value: number): string => signed(value, 0);
    const saved = here.map(({ method, saved, reach, low, high }) => [
      findMethod(method).title,
      `${BOUND[reach]}${trainings(saved)} (${trainings(low)} to ${trainings(high)})`,
    ]);
    return {
      'N₀': budget,
      'naive, %': accuracy,
      ...(Object.fromEntries(saved) as Record<string, string>),
      'random search': trainings(budget + set.top - randomNeeds(set.accuracies.score.values, accuracy)),
      n: set.repeats,
    };
  });
}
