import { describeLabels, type Accuracies } from '../tables/accuracies';
import { mean } from '../statistics/intervals';
import { randomSearch } from '../search/random-search';
import { curvePoints, randomPoints, type CurvePoint } from './curve-rows';
import { NO_CODES } from './run';
import { bestOfTop, type RunRecord } from './run-record';

/** Reads one number, percent, of each repeat of a method at an N; by seed. */
export type ReadRepeats = (method: string, budget: number) => number[];

/** What the runs of a set have in common. */
export interface RunConditions {
  dataSet: string;
  /** Label policy, and the columns that train and judge. */
  labels: string;
  /** The code source of the methods that read codes. */
  codes: string;
  preset: string;
  /** The best cell of the score column, percent. */
  optimum: number;
}

/**
 * Runs of several methods at several N on one data set under one label policy, all with the same seeds, looked at
 * with one K.
 */
export class RunSet {
  /** The N that occur, ascending. */
  readonly budgets: readonly number[];
  private readonly found = new Map<string, RunRecord[]>();

  /**
   * @param accuracies what trains and what judges
   * @param records the runs; those of one method and N in the order of their seeds
   * @param top K
   */
  constructor(
    readonly accuracies: Accuracies,
    readonly records: readonly RunRecord[],
    readonly top: number,
  ) {
    this.budgets = [...new Set(records.map(({ budget }) => budget))].sort((a, b) => a - b);
    for (const record of records) {
      const key = `${record.method} ${record.budget}`;
      this.found.set(key, [...(this.found.get(key) ?? []), record]);
    }
  }

  /** What a reader must know of the runs, in words, as charts of curves take it. */
  get conditions(): RunConditions {
    return {
      dataSet: this.accuracies.datasetTitle,
      labels: describeLabels(this.accuracies),
      codes: this.records.find(({ codes }) => codes !== NO_CODES)?.codes ?? NO_CODES,
      preset: this.records[0]?.preset ?? '–',
      optimum: this.accuracies.best,
    };
  }

  /** Repeats of each point. */
  get repeats(): number {
    return Math.max(0, ...[...this.found.values()].map((runs) => runs.length));
  }

  /** The runs of a method at an N. Throws a RangeError where there are none. */
  runs(method: string, budget: number): readonly RunRecord[] {
    const runs = this.found.get(`${method} ${budget}`);
    if (!runs) throw new RangeError(`there are no runs of ${method} with N = ${budget}`);
    return runs;
  }

  /** The runs of a method at any N. */
  runsOf(method: string): RunRecord[] {
    return this.records.filter((record) => record.method === method);
  }

  /** The points of the curves, by x = N + K. */
  points(): CurvePoint[] {
    return curvePoints(this.records, this.top).sort((a, b) => a.x - b.x);
  }

  /** The curve of random search beside them, a point every ten trainings. */
  randomPoints(): CurvePoint[] {
    const [from, to] = [this.budgets[0]!, this.budgets.at(-1)!].map((budget) => budget + this.top);
    const trainings = Array.from({ length: Math.floor((to! - from!) / 10) + 1 }, (_, i) => from! + 10 * i);
    return randomPoints(this.accuracies.score.values, trainings);
  }

  /** The paper's score: the best among the first K cells of the final ranking, percent, by seed. */
  best: ReadRepeats = (method, budget) => this.bestOf(method, budget, this.top);

  /** The same with another K. */
  bestOf(method: string, budget: number, top: number): number[] {
    return this.runs(method, budget).map((run) => bestOfTop(run, top));
  }

  /** Best of everything trained, pool and first K cells, percent, by seed: the score of the cell of highest label. */
  deployed: ReadRepeats = (method, budget) =>
    this.runs(method, budget).map(({ deployedAccuracy }) => {
      if (!deployedAccuracy) throw new RangeError(`runs of ${method} say nothing of the cells that were trained`);
      return deployedAccuracy[this.top - 1]!;
    });

  /** Random search with as many trainings as the method spends: N + K and the codes that it read, rounded up. */
  chance: ReadRepeats = (method, budget) =>
    this.runs(method, budget).map(({ codesInTrainings }) =>
      this.random(Math.ceil(budget + this.top + codesInTrainings)),
    );

  /** Random search with that many trainings, percent, as the exact expectation. */
  random(trainings: number): number {
    return randomSearch(this.accuracies.score.values, trainings);
  }

  /** The N at which at least so many cells are trained in all, N + K. */
  budgetsFrom(trainings: number): number[] {
    return this.budgets.filter((budget) => budget + this.top >= trainings);
  }

  /** The mean over several N for each seed. */
  meanOver(budgets: readonly number[], method: string, read: ReadRepeats = this.best): number[] {
    const byBudget = budgets.map((budget) => read(method, budget));
    return byBudget[0]!.map((_, seed) => mean(byBudget.map((values) => values[seed]!)));
  }
}
