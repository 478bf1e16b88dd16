import type { CurvePoint } from '../experiments/curve-rows';
import { paperNumber, type PaperPoint } from '../experiments/paper-numbers';
import type { Accuracies } from '../tables/accuracies';
import type { CodeSource } from '../tables/code-source';
import { textTable } from './text-table';

/** A few words on what trains and what judges: the policy, and its columns where they are two. */
export function describePolicy({ policyTitle, label, score }: Accuracies): string {
  return label.name === score.name
    ? `Label and score: ${policyTitle} (${score.name})`
    : `Label: ${policyTitle} (${label.name}); score: ${score.name}`;
}

/** One line: what is shown, on which data set and labels, and the bound that these set. */
export function heading(title: string, accuracies: Accuracies): string {
  const { datasetTitle, best, bestId } = accuracies;
  return (
    `${title} on ${datasetTitle}. ${describePolicy(accuracies)}; ` +
    `no method can pass ${best.toFixed(2)} % (cell ${bestId}). Accuracies in percent.`
  );
}

/** Preset and code source, in a few lines: what the codes are, and which cells have one that is not their own. */
export function conditions(preset: string, codes: CodeSource | undefined): string {
  const source = codes ? `${codes.name}: ${codes.recipe.replaceAll('; ', ';\n  ')}` : 'none';
  return `Preset: ${preset}. Codes: ${source}.`;
}

/**
 * Measured points beside the paper's numbers and random search with as many trainings, all in percent. 'ours' is the best
 * score among the first K cells, as the paper counts, its mean with the 95 % interval over repeats; 'all trained' the score of the cell with the best label among pool
 * and first K, which is what one would deploy.
 *
 * @param points in the order of the rows
 * @param paper the paper's points; empty where it shows none
 * @param random random search with the given number of trainings, percent
 */
export function resultTable(
  points: readonly CurvePoint[],
  paper: readonly PaperPoint[],
  random: (trainings: number) => number,
): string {
  return textTable(
    [
      'method',
      'N',
      'K',
      'N + K',
      'paper',
      'ours',
      '95 % interval',
      'std',
      'all trained',
      'n',
      'random search at N + K',
    ],
    points.map(({ method, budget, top, x, mean, interval, std, deployed, n }) => [
      method,
      `${budget}`,
      `${top}`,
      `${x}`,
      paperNumber(paper, method, x)?.toFixed(2) ?? '–',
      mean.toFixed(2),
      interval ? `${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}` : '–',
      n === 1 ? '–' : `± ${std.toFixed(2)}`, // one run has no spread
      deployed?.toFixed(2) ?? '–',
      `${n}`,
      random(x).toFixed(2),
    ]),
  );
}
