import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { replaceFile } from '../../files/replace-file';
import { type CodeTableSource } from '../benchmark';
import { CURVES_HEADER, FULL_EPOCHS } from './nats-tables';

/** Losses of a code: those of the first epochs, as many as an Estimation Code has (protocol §6.1). */
const CODE_EPOCHS = 3;

/** The data sets of the losses: those of the benchmark's test accuracies. */
const DATASETS = ['cifar10', 'cifar100', 'imagenet16'] as const;

type Dataset = (typeof DATASETS)[number];

const lossColumns = (dataset: Dataset): string[] =>
  Array.from({ length: CODE_EPOCHS }, (_, epoch) => `${dataset}_loss${epoch + 1}`);

const HEADER = ['id', 'arch', ...DATASETS.flatMap((dataset) => [`${dataset}_seed`, ...lossColumns(dataset)])].join(',');

/** A cell's row: its first losses by data set. */
interface Row {
  architecture: string;
  codes: Map<string, { seed: number; losses: string[] }>;
}

/** Where `writeArchiveLosses` puts its table. */
function archiveLossesFile(folder: string): string {
  return path.join(folder, 'archive-losses.csv');
}

/**
 * Writes, from an import's table of curves, a table with a row a cell: the first three training losses on each data set
 * and the seed of that training, which is the one with the smallest seed. One training and not the mean of all: a code
 * is what one has after three epochs of one.
 *
 * @throws Error with file and line where the table of curves is damaged or something else
 */
export async function writeArchiveLosses(curves: string, folder: string): Promise<void> {
  const rows = new Map<string, Row>();
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(curves), crlfDelay: Infinity })) {
    number++;
    if (number === 1) {
      if (line !== CURVES_HEADER) throw new Error(`${curves}, line 1: found no header of a table of curves`);
      continue;
    }
    const [id, architecture, dataset, seedText, ...losses] = line.split(',', 4 + CODE_EPOCHS);
    const seed = Number(seedText);
    if (losses.length < CODE_EPOCHS || ![seed, ...losses.map(Number)].every(Number.isFinite)) {
      throw new Error(
        `${curves}, line ${number}: found ${line.slice(0, 120)}, expected a curve; import the archive again`,
      );
    }
    const row: Row = rows.get(id!) ?? { architecture: architecture!, codes: new Map() };
    const known = row.codes.get(dataset!);
    if (!known || seed < known.seed) row.codes.set(dataset!, { seed, losses });
    rows.set(id!, row);
  }
  const lines = Array.from(rows, ([id, { architecture, codes }]) =>
    [
      id,
      architecture,
      ...DATASETS.flatMap((dataset) => {
        const code = codes.get(dataset);
        return code ? [code.seed, ...code.losses] : Array<string>(1 + CODE_EPOCHS).fill('');
      }),
    ].join(','),
  );
  const file = archiveLossesFile(folder);
  replaceFile(file, [HEADER, ...lines, ''].join('\n'));
}

/**
 * The code sources of an import: the first three losses of the benchmark's own trainings, the strongest form of the
 * paper's idea. `archive-losses` is of the trainings on CIFAR-10, as the paper's codes are; the others are of the data
 * set that they name. A mean label contains the training that the code is of.
 */
export function archiveLossSources(folder: string): Record<string, CodeTableSource> {
  const source = (dataset: Dataset, title: string): CodeTableSource => ({
    about: `the first three losses of the benchmark's own training on ${title}`,
    file: archiveLossesFile(folder),
    columns: lossColumns(dataset),
    recipe: () =>
      `training losses of epochs 1 to ${CODE_EPOCHS} of the benchmark's own network and training on ${title} ` +
      `(NATS-Bench's archive, ${FULL_EPOCHS} epochs, the trial with the smallest seed)`,
    trainingsPerEntry: 1 / FULL_EPOCHS,
    signed: false,
  });
  return {
    'archive-losses': source('cifar10', 'CIFAR-10'),
    'archive-losses-cifar100': source('cifar100', 'CIFAR-100'),
    'archive-losses-imagenet16': source('imagenet16', 'ImageNet16-120'),
  };
}
