import { curvePoints } from '../experiments/curve-rows';
import { FIGURE_6A_BUDGET, FIGURE_7_TOPS, figures } from '../experiments/figures';
import { PAPER_FIGURE_6A, PAPER_FIGURE_6B, paperFigure7, type PaperPoint } from '../experiments/paper-numbers';
import type { RunRecord } from '../experiments/run-record';
import { DEEPEST_LOOK } from '../search/evaluation';
import { randomSearch } from '../search/random-search';
import { groupBy } from '../statistics/group-by';
import type { Accuracies } from '../tables/accuracies';
import { resultTable } from './result-table';

/** The figures that are tables of runs. */
export type FigureName = keyof typeof figures;

/**
 * Prints the tables of a figure: a line a method and point.
 *
 * @param space the benchmark, where it is one that the figure shows: beside it stand the paper's numbers
 */
export function printFigure(
  name: FigureName,
  records: readonly RunRecord[],
  accuracies: Accuracies,
  space: string | undefined,
): void {
  // The paper shows the second of its data sets alone, but in Fig. 7.
  const published = space !== undefined && (name === 'fig7' || accuracies.dataset === figures.fig6.datasets[0]);
  const random = (trainings: number): number => randomSearch(accuracies.score.values, trainings);
  const print = (rows: readonly RunRecord[], tops: readonly number[], paper: readonly PaperPoint[]): void => {
    // A method without a final ranking has the same point at each K.
    const same = groupBy(
      tops.flatMap((top) => curvePoints(rows, top)),
      ({ method, budget, top }) => `${method} ${budget} ${top}`,
    );
    const points = Array.from(same.values(), ([point]) => point!);
    points.sort((a, b) => a.x - b.x); // stable: methods stay in their order
    console.log(resultTable(points, published ? paper : [], random));
  };
  if (name === 'fig5') {
    console.log('The published images leave this figure out, so there are no numbers of the paper to compare with.');
    print(records, [figures.fig5.top], []);
    return;
  }
  if (name === 'fig7') {
    for (const [i, top] of FIGURE_7_TOPS.entries()) {
      console.log(`Fig. 7${'ab'[i]!}: K = ${top}, N grows.`);
      print(records, [top], space === undefined ? [] : paperFigure7(space, top));
    }
    return;
  }
  const first = records.filter(({ budget }) => budget === FIGURE_6A_BUDGET);
  if (first.length > 0) {
    console.log(`Fig. 6a: N = ${FIGURE_6A_BUDGET}, K grows.`);
    const shown = [...new Set(PAPER_FIGURE_6A.map(({ x }) => x - FIGURE_6A_BUDGET))];
    print(
      first,
      shown.filter((top) => top <= DEEPEST_LOOK),
      PAPER_FIGURE_6A,
    );
  }
  console.log(`Fig. 6b: K = ${figures.fig6.top}, N grows.`);
  print(records, [figures.fig6.top], PAPER_FIGURE_6B);
}
