import { dataFile } from '../files/data-file';
import type { LabelPolicy } from './benchmark';
import { truthCommand } from './measuring-commands';

/**
 * The label policy of accuracies that this project measures: one training of each network by the recipe `reduced`, which
 * stands in for the authors' training (protocol §7.5). It trains and judges.
 *
 * @param benchmark the benchmark's name, which is also its folder in `data`
 */
export function reducedLabels(benchmark: string): LabelPolicy {
  return {
    title: 'one training, reduced recipe',
    label: () => 'accuracy',
    score: () => 'accuracy',
    datasets: ['cifar10'],
    file: dataFile(`${benchmark}/truth-reduced.csv`),
    measuredBy: truthCommand(benchmark, 'reduced'),
  };
}
