/** What a search had to show after each training, whatever made it: the common form of all methods. */
import type { SearchSpace } from '../benchmarks/search-space';
import type { Accuracies } from '../tables/accuracies';
import type { RunRecord } from './run-record';

/** One search as a user would deploy it: of the cells trained so far the one of the highest label is kept. */
export interface SearchCurve {
  /** `[n, score]`: from the n-th training on the cell kept has this score, percent; n ascending from 1. */
  steps: readonly (readonly [number, number])[];
  /** Trainings in all. */
  trainings: number;
  /** What was spent on codes before and between them, in trainings (protocol §4.1). */
  codesInTrainings: number;
}

/** The trainings of a search that surpassed all before them: `[n, id]`, the n-th training and its cell. */
export type Improvements = [number, number][];

/**
 * The trainings whose label is higher than all before.
 *
 * @param trained positions in the order of training
 * @param labels by position, percent
 * @param ids of the benchmark, by position
 */
export function improvements(
  trained: readonly number[],
  labels: ArrayLike<number>,
  ids: ArrayLike<number>,
): Improvements {
  let highest = -Infinity;
  return trained.flatMap((position, i): Improvements => {
    if (labels[position]! <= highest) return [];
    highest = labels[position]!;
    return [[i + 1, ids[position]!]];
  });
}

/** The scores behind improvements. @param scoreOf the score of the cell with that id, percent */
export function curveSteps(found: Improvements, scoreOf: (id: number) => number): [number, number][] {
  return found.map(([n, id]) => [n, scoreOf(id)]);
}

/**
 * The curve of a run that trains N cells and then the first K of a final ranking. Preset `official` holds three of the N
 * back for the look-ups of its checkpoint (protocol §3.5), so its pool has N − 3; they are spent all the same.
 *
 * @param top K, at most 200
 */
export function curveOfRun(
  { budget, pool, deployedAccuracy = [], codesInTrainings }: RunRecord,
  { space, accuracies, top }: { space: SearchSpace; accuracies: Accuracies; top: number },
): SearchCurve {
  const positionOf = new Map(Array.from(space.ids, (id, position) => [id, position]));
  const trained = pool.map((id) => positionOf.get(id)!);
  const scoreOf = (id: number): number => accuracies.score.values[positionOf.get(id)!]!;
  const steps = curveSteps(improvements(trained, accuracies.label.values, space.ids), scoreOf);
  for (let k = 1; k <= top; k++) {
    const deployed = deployedAccuracy[k - 1]!;
    if (deployed !== steps.at(-1)![1]) steps.push([budget + k, deployed]);
  }
  return { steps, trainings: budget + top, codesInTrainings };
}

/** The same curve below the best score there is, which becomes 0: so searches of different spaces can be pooled. */
export function belowBest(curve: SearchCurve, best: number): SearchCurve {
  return { ...curve, steps: curve.steps.map(([n, score]) => [n, score - best] as const) };
}

/** The score of the cell kept after so many trainings, percent; undefined before the first. */
export function scoreAfter({ steps }: SearchCurve, trainings: number): number | undefined {
  let score: number | undefined;
  for (const [n, value] of steps) if (n <= trainings) score = value;
  return score;
}

/** The same where codes count: their price is spent before the first training. */
export function scoreAtPrice(curve: SearchCurve, spent: number): number | undefined {
  return scoreAfter(curve, spent - curve.codesInTrainings);
}

/** Scores that differ by less are one: records keep four decimals. */
const EQUAL_SCORES = 1e-4;

/**
 * Trainings, codes included, until the cell kept first had that score; Infinity where it never had.
 *
 * @param score percent
 */
export function trainingsTo({ steps, codesInTrainings }: SearchCurve, score: number): number {
  const reached = steps.find(([, value]) => value >= score - EQUAL_SCORES);
  return reached ? reached[0] + codesInTrainings : Infinity;
}
