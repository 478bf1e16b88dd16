/**
 * A record of NATS-Bench's topology archive: the trainings of one cell (layout: `nats_bench/api_topology.py` and
 * `api_utils.py` of D-X-Y/NATS-Bench). The accuracies of every epoch are in it; of these the last ones are kept.
 */
import { unpickle, type Unpickled } from '../../files/unpickle';

/** The data sets by the archive's names: ours, and the names of the two accuracies that its trainings were measured on. */
export const NATS_DATASETS = {
  /** Trained on one half of CIFAR-10's training images; the other half is for validation. */
  'cifar10-valid': { name: 'cifar10-valid', valid: 'x-valid', test: 'ori-test' },
  /** Trained on all of them, so nothing is left for validation. */
  cifar10: { name: 'cifar10', valid: undefined, test: 'ori-test' },
  /** `x-valid` and `x-test` are halves of the test images. */
  cifar100: { name: 'cifar100', valid: 'x-valid', test: 'x-test' },
  'ImageNet16-120': { name: 'imagenet16', valid: 'x-valid', test: 'x-test' },
} as const;

/** A data set of the archive, by our name. */
export type NatsDataset = (typeof NATS_DATASETS)[keyof typeof NATS_DATASETS]['name'];

/** The two schedules of the archive, by their length in epochs: its short trainings are not the long ones' beginnings. */
const NATS_EPOCHS = [12, 200] as const;

/** One training of a cell. */
export interface NatsTraining {
  dataset: NatsDataset;
  epochs: (typeof NATS_EPOCHS)[number];
  seed: number;
  /** Accuracies after the last epoch, percent: on the training images, for validation, and on the test images. */
  train: number;
  valid?: number;
  test: number;
  /** The mean training loss of each epoch, nats. */
  losses: number[];
}

/** The trainings of a cell, by epochs, data set and seed. */
export interface NatsRecord {
  /** The cell's index in the benchmark, and its architecture string. */
  id: number;
  architecture: string;
  trainings: NatsTraining[];
}

/**
 * Reads a record, decompressed.
 *
 * @throws Error that says where in the record what was found and what was expected, to be put behind the file's name
 */
export function readNatsRecord(bytes: Uint8Array): NatsRecord {
  const record = new Part(unpickle(bytes), 'the record');
  const about = NATS_EPOCHS.map((epochs) => {
    const schedule = record.entry(String(epochs));
    return { id: schedule.entry('arch_index').number(), architecture: schedule.entry('arch_str').text() };
  });
  const { id, architecture } = about[0]!;
  if (about.some((other) => other.id !== id || other.architecture !== architecture)) {
    throw new Error('its two schedules are of different cells');
  }
  const trainings = NATS_EPOCHS.flatMap((epochs) =>
    record
      .entry(String(epochs))
      .entry('all_results')
      .entries()
      .map(({ key, part }) => readTraining(key, part, epochs)),
  );
  const order = Object.values(NATS_DATASETS).map(({ name }) => name);
  trainings.sort(
    (a, b) => a.epochs - b.epochs || order.indexOf(a.dataset) - order.indexOf(b.dataset) || a.seed - b.seed,
  );
  return { id, architecture, trainings };
}

function readTraining(key: Unpickled, part: Part, epochs: NatsTraining['epochs']): NatsTraining {
  const [name, seed] = Array.isArray(key) ? key : [];
  const dataset = Object.entries(NATS_DATASETS).find(([theirs]) => theirs === name)?.[1];
  if (!dataset || typeof seed !== 'number') throw new Error(`${part.place}: expected a data set and a seed`);
  if (part.entry('epochs').number() !== epochs) throw new Error(`${part.place}: expected ${epochs} epochs`);
  const last = epochs - 1;
  const tests = part.entry('eval_acc1es');
  const training: NatsTraining = {
    dataset: dataset.name,
    epochs,
    seed,
    train: part.entry('train_acc1es').entry(last).percent(),
    test: tests.entry(`${dataset.test}@${last}`).percent(),
    losses: Array.from({ length: epochs }, (_, epoch) => part.entry('train_losses').entry(epoch).number()),
  };
  if (dataset.valid !== undefined) training.valid = tests.entry(`${dataset.valid}@${last}`).percent();
  return training;
}

/** A value somewhere in a record, which says where it is when it is not what it has to be. */
class Part {
  constructor(
    private readonly value: Unpickled,
    readonly place: string,
  ) {}

  entry(key: string | number): Part {
    const value = this.dictionary().get(key);
    if (value === undefined) throw new Error(`${this.place}: has no ${JSON.stringify(key)}`);
    return new Part(value, `${this.place}, ${JSON.stringify(key)}`);
  }

  entries(): { key: Unpickled; part: Part }[] {
    return Array.from(this.dictionary(), ([key, value]) => {
      return { key, part: new Part(value, `${this.place}, ${JSON.stringify(key)}`) };
    });
  }

  number(): number {
    return typeof this.value === 'number' && Number.isFinite(this.value) ? this.value : this.fail('a number');
  }

  percent(): number {
    const value = this.number();
    return value >= 0 && value <= 100 ? value : this.fail('a percentage');
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.fail('a text');
  }

  private dictionary(): Map<Unpickled, Unpickled> {
    return this.value instanceof Map ? this.value : this.fail('a dictionary');
  }

  private fail(expected: string): never {
    const shown = this.value instanceof Object ? this.value.constructor.name : JSON.stringify(this.value);
    throw new Error(`${this.place}: found ${shown}, expected ${expected}`);
  }
}
