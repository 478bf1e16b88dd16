/** The tables that an import of NATS-Bench's archive makes: one row a training (a trial), one row a training's curve. */
import path from 'node:path';
import { readCsv } from '../../files/read-csv';
import { NATS_DATASETS, type NatsDataset, type NatsRecord, type NatsTraining } from './nats-record';

/** The files of an import, in its folder. */
export interface NatsFiles {
  /** Accuracies after the last epoch: `TRIALS_HEADER`. */
  trials: string;
  /** The training loss of each epoch of the trainings of 200 epochs: `CURVES_HEADER`. */
  curves: string;
}

/** Where an import into a folder puts its tables. */
export function natsFiles(folder: string): NatsFiles {
  return { trials: path.join(folder, 'trials.csv'), curves: path.join(folder, 'curves.csv') };
}

/** The schedule that the benchmark's accuracies are of, epochs. */
export const FULL_EPOCHS = 200;

const COLUMNS = ['id', 'arch', 'dataset', 'epochs', 'seed', 'train', 'valid', 'test'];
const LOSS_COLUMNS = Array.from({ length: FULL_EPOCHS }, (_, epoch) => `loss_epoch${epoch + 1}`);

/** First line of a table of trials: accuracies in percent, `valid` empty where a training had no images left for it. */
export const TRIALS_HEADER = COLUMNS.join(',');

/** First line of a table of curves: losses in nats. */
export const CURVES_HEADER = ['id', 'arch', 'dataset', 'seed', ...LOSS_COLUMNS].join(',');

/** Accuracies are shares of up to 151,700 images, so that rounding to 10⁻⁶ percent moves no share; losses are float32. */
const ACCURACY_DECIMALS = 6;
const LOSS_DIGITS = 7;

/** A record's rows of both tables. */
export function natsRows({ id, architecture, trainings }: NatsRecord): { trials: string[]; curves: string[] } {
  const percent = (value: number): string => String(Number(value.toFixed(ACCURACY_DECIMALS)));
  return {
    trials: trainings.map(({ dataset, epochs, seed, train, valid, test }) =>
      [
        ...[id, architecture, dataset, epochs, seed, percent(train)],
        ...[valid === undefined ? '' : percent(valid), percent(test)],
      ].join(','),
    ),
    curves: trainings
      .filter(({ epochs }) => epochs === FULL_EPOCHS)
      .map(({ dataset, seed, losses }) =>
        [id, architecture, dataset, seed, ...losses.map((loss) => Number(loss.toPrecision(LOSS_DIGITS)))].join(','),
      ),
  };
}

/** A row of a table of trials. */
export type NatsTrial = Omit<NatsTraining, 'losses'>;

/**
 * The trials of each cell by id, in the order of the file.
 *
 * @throws Error with file and line where the table is damaged or something else
 */
export function readTrials(file: string): Map<number, NatsTrial[]> {
  const { header, rows, lines } = readCsv(file);
  if (header.join(',') !== TRIALS_HEADER) {
    throw new Error(`${file}, line 1: found ${header.join(',')}, expected ${TRIALS_HEADER}: no table of trials`);
  }
  const datasets: readonly string[] = Object.values(NATS_DATASETS).map(({ name }) => name);
  const trials = new Map<number, NatsTrial[]>();
  rows.forEach(([idText, , dataset, epochs, seed, train, valid, test], r) => {
    const numbers = [idText, epochs, seed, train, valid || '0', test].map((text) => (text === '' ? NaN : Number(text)));
    if (numbers.some((number) => !(number >= 0)) || !datasets.includes(dataset!)) {
      throw new Error(`${file}, line ${lines[r]!}: found "${rows[r]!.join(',')}", expected ${TRIALS_HEADER}`);
    }
    const id = Number(idText);
    const trial: NatsTrial = {
      dataset: dataset as NatsDataset,
      epochs: Number(epochs) as NatsTrial['epochs'],
      seed: Number(seed),
      train: Number(train),
      test: Number(test),
    };
    if (valid !== '') trial.valid = Number(valid);
    const known = trials.get(id);
    if (known) known.push(trial);
    else trials.set(id, [trial]);
  });
  return trials;
}
