import type { CurvePoint } from '../experiments/curve-rows';
import { DATASET_NAMES, LABEL_NAMES } from '../experiments/figures';
import { paperNumber, type PaperPoint } from '../experiments/paper-numbers';
import type { PresetName } from '../experiments/run';
import type { Accuracies } from '../tables/accuracies';
import type { CodeSource } from '../tables/code-source';
import { textTable } from './text-table';

/** One line: what is shown, on which data set and labels, and the bound that these set. */
export function heading(title: string, { dataset, label, best, bestId }: Accuracies): string {
  return (
    `${title} on ${DATASET_NAMES[dataset]}. Label and score: ${LABEL_NAMES[label]}; ` +
    `no method can pass ${best.toFixed(2)} % (cell ${bestId}). Accuracies in percent.`
  );
}

/** Preset and code source, in a few lines: what the codes are, and which cells have one that is not their own. */
export function conditions(preset: PresetName, codes: CodeSource | undefined): string {
  const source = codes ? `${codes.name}: ${codes.recipe.replaceAll('; ', ';\n  ')}` : 'none';
  return `Preset: ${preset}. Codes: ${source}.`;
}

/**
 * Measured points beside the paper's numbers and random search with as many trainings, all in percent.
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
    ['method', 'N', 'K', 'N + K', 'paper', 'ours', 'std', 'n', 'random search at N + K'],
    points.map(({ method, budget, top, x, mean, std, n }) => [
      method,
      `${budget}`,
      `${top}`,
      `${x}`,
      paperNumber(paper, method, x)?.toFixed(2) ?? '–',
      mean.toFixed(2),
      `± ${std.toFixed(2)}`,
      `${n}`,
      random(x).toFixed(2),
    ]),
  );
}
