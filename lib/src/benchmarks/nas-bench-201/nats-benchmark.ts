/** NAS-Bench-201 with the numbers of an imported archive: label policies and code sources that need single trainings. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../../files/replace-file';
import { Random } from '../../tensors/random';
import { type Benchmark, type LabelPolicy } from '../benchmark';
import { archiveLossSources } from './archive-losses';
import { FULL_EPOCHS, natsFiles, readTrials, type NatsTrial } from './nats-tables';
import { type NatsDataset } from './nats-record';

/** The data sets by the names of their columns, each with the trainings of which its validation accuracies are. */
const DATASETS: readonly { name: NatsDataset; validatedOn: NatsDataset }[] = [
  { name: 'cifar10', validatedOn: 'cifar10-valid' },
  { name: 'cifar100', validatedOn: 'cifar100' },
  { name: 'imagenet16', validatedOn: 'imagenet16' },
];

/** Where NATS-Bench's trainings give labels that the mean hides. Columns are those of `writeNatsAccuracies`. */
export const NATS_LABELS: Readonly<Record<'mean' | 'random-trial' | 'validation', LabelPolicy>> = {
  mean: {
    title: 'mean of trials',
    label: (dataset) => `${dataset}_test`,
    score: (dataset) => `${dataset}_test`,
  },
  /** What the paper's authors did: one trial, drawn once for each cell, is label and score (protocol §0.1). */
  'random-trial': {
    title: 'one random trial',
    label: (dataset) => `${dataset}_test_drawn`,
    score: (dataset) => `${dataset}_test_drawn`,
  },
  /** What most of the field does. On CIFAR-10 the validated network saw half of the images, and the judged one all. */
  validation: {
    title: 'validation, judged on test',
    label: (dataset) => `${dataset}_valid`,
    score: (dataset) => `${dataset}_test`,
  },
};

/**
 * Writes a table of accuracies with a row a cell from an import's table of trials, all after 200 epochs, in percent. For
 * each data set: the means over the trials on test and validation images, one random trial's test accuracy, and its seed,
 * so that the draw is on record. What is drawn for a cell depends on `labelSeed`, the data set and the cell alone.
 *
 * @param cells the architecture of each cell of the whole space
 * @throws Error where the table of trials is damaged, or a cell has no training on one of the data sets
 */
function writeNatsAccuracies(trials: string, labelSeed: number, file: string, cells: readonly string[]): void {
  const columns = DATASETS.flatMap(({ name }) => [
    ...[`${name}_test`, `${name}_valid`, `${name}_test_drawn`, `${name}_drawn_seed`],
  ]);
  const lines = Array.from(readTrials(trials), ([id, all]) => {
    const of = (name: NatsDataset): NatsTrial[] => {
      const found = all.filter(({ dataset, epochs }) => dataset === name && epochs === FULL_EPOCHS);
      if (found.length === 0)
        throw new Error(`${trials}: id ${id} has no training of ${FULL_EPOCHS} epochs on ${name}`);
      return found;
    };
    const numbers = DATASETS.flatMap(({ name, validatedOn }) => {
      const tested = of(name);
      const drawn = tested[new Random(labelSeed, 'drawn trial', name, id).integer(tested.length)]!;
      return [
        mean(tested.map(({ test }) => test)),
        mean(of(validatedOn).map(({ valid }) => valid!)),
        drawn.test,
        drawn.seed,
      ];
    });
    return [id, cells[id], ...numbers.map((value) => Number(value.toFixed(6)))].join(',');
  });
  replaceFile(file, [['id', 'arch', ...columns].join(','), ...lines, ''].join('\n'));
}

/**
 * A benchmark of NAS-Bench-201's cells with an import's accuracies: label policies `mean`, `random-trial` and
 * `validation`, and the code sources `archive-losses…` beside its own. The table of accuracies of a label seed is made at
 * its first use and stays in the import's folder.
 *
 * @param folder of the import (`npm run import`)
 * @throws Error when there is no import in the folder
 */
export function withNatsArchive(benchmark: Benchmark, folder: string, labelSeed: number): Benchmark {
  const { trials } = natsFiles(path.resolve(folder));
  if (!existsSync(trials)) {
    throw new Error(`${trials}: is missing; make it from NATS-Bench's archive with: npm run import -- nats DIR`);
  }
  const accuracies = path.join(path.resolve(folder), `accuracies-seed-${labelSeed}.csv`);
  if (!existsSync(accuracies) || statSync(accuracies).mtimeMs < statSync(trials).mtimeMs) {
    const space = benchmark.space();
    writeNatsAccuracies(trials, labelSeed, accuracies, (space.partOf ?? space).cells);
  }
  return {
    ...benchmark,
    accuracies,
    labels: NATS_LABELS,
    codes: { ...benchmark.codes, ...archiveLossSources(path.resolve(folder)) },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
