import { dataFile } from '../../files/data-file';
import type { CodeTableSource } from '../benchmark';

/** An epoch of an Estimation Code in full trainings: 5,000 of 50,000 images, one of 100 epochs (protocol §6.1). */
const TRAININGS_PER_EPOCH = 0.001;

/** The authors' synflow code is their score, at most this, divided by it (protocol §6.5). */
const OFFICIAL_SYNFLOW_LIMIT = 1000;

const file = (name: string): string => dataFile(`nas-bench-201/${name}`);
const epochs = (count: number, column: (epoch: number) => string): string[] =>
  Array.from({ length: count }, (_, epoch) => column(epoch + 1));
const losses = { columns: epochs(3, (epoch) => `loss${epoch}`), trainingsPerEntry: TRAININGS_PER_EPOCH, signed: false };
const score = (column: string) => ({ columns: [column], trainingsPerEntry: 0, signed: true });

const CODES = 'training losses of epochs 1 to 3 on 5,000 images of CIFAR-10';
const SCORED = 'at fresh weights, one initialisation a network';

/** The prior knowledge that comes with NAS-Bench-201, by the names that users type. */
export const CODE_TABLES: Readonly<Record<string, CodeTableSource>> = {
  'proxy-losses': {
    about: 'training losses of epochs 1 to 3 of a reduced network (proxy-losses:12 for 12 epochs)',
    file: file('proxy-losses.csv'),
    columns: epochs(12, (epoch) => `loss_epoch${epoch}`),
    entries: 3,
    recipe: (entries) =>
      `training losses of epochs 1 to ${entries} of a reduced network (32-channel stem, one cell, pooling, one cell) on ` +
      '5,000 images of 10 CIFAR-100 classes, published with MOTE-NAS',
    trainingsPerEntry: TRAININGS_PER_EPOCH,
    signed: false,
    impute: true,
  },
  'reduced-codes': {
    ...losses,
    about: 'estimation codes measured by the recipe "reduced"',
    file: file('estimation-codes/reduced.csv'),
    recipe: () => `${CODES}, the benchmark's network with 8 channels and one cell a stage`,
  },
  'official-codes': {
    ...losses,
    about: 'estimation codes measured by the recipe "official"; of a sample of cells',
    file: file('estimation-codes/official.csv'),
    recipe: () => `${CODES}, the authors' network`,
  },
  synflow: {
    ...score('synflow'),
    about: "the logarithm of Tanaka et al.'s synflow of the benchmark's network",
    file: file('zero-cost/synflow.csv'),
    recipe: () => `ln of Tanaka et al.'s synflow ${SCORED}`,
  },
  'synflow-official': {
    ...score('synflow_official'),
    about: "the authors' synflow of their network, cut off and three times over, as they feed it",
    file: file('zero-cost/synflow.csv'),
    recipe: () => `the authors' synflow ${SCORED}, cut off at 1,000, in thousandths, three times`,
    transform: ([value]) => {
      const code = Math.min(Math.max(value!, 0), OFFICIAL_SYNFLOW_LIMIT) / OFFICIAL_SYNFLOW_LIMIT;
      return [code, code, code];
    },
  },
  snip: {
    ...score('snip'),
    about: 'snip of the reduced network',
    file: file('zero-cost/gradients.csv'),
    recipe: () => `snip ${SCORED}`,
  },
  grasp: {
    ...score('grasp'),
    about: 'grasp of the reduced network',
    file: file('zero-cost/gradients.csv'),
    recipe: () => `grasp ${SCORED}`,
  },
  'grad-norm': {
    ...score('grad_norm'),
    about: "the norm of the loss's gradient in the reduced network",
    file: file('zero-cost/gradients.csv'),
    recipe: () => `norm of the gradient ${SCORED}`,
  },
};
