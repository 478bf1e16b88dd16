import { dataFile } from '../../files/data-file';
import type { CodeTableSource } from '../benchmark';
import { estimationCodes, officialSynflowCodes, TRAININGS_PER_EPOCH, zeroCostScore } from '../code-tables';

const file = (name: string): string => dataFile(`nas-bench-201/${name}.csv`);

/** A score of `npm run zero-cost gradients`, which takes the reduced network. */
const gradients = (column: string, what: string): CodeTableSource =>
  zeroCostScore(column, { about: `${what} of the reduced network`, file: file('zero-cost/gradients'), recipe: what });

/** The prior knowledge that comes with NAS-Bench-201, by the names that users type. */
export const CODE_TABLES: Readonly<Record<string, CodeTableSource>> = {
  'proxy-losses': {
    about: 'training losses of epochs 1 to 3 of a reduced network (proxy-losses:12 for 12 epochs)',
    file: file('proxy-losses'),
    columns: Array.from({ length: 12 }, (_, epoch) => `loss_epoch${epoch + 1}`),
    entries: 3,
    recipe: (entries) =>
      `training losses of epochs 1 to ${entries} of a reduced network (32-channel stem, one cell, pooling, one cell) on ` +
      '5,000 images of 10 CIFAR-100 classes, published with MOTE-NAS',
    trainingsPerEntry: TRAININGS_PER_EPOCH,
    signed: false,
    impute: true,
  },
  'reduced-codes': estimationCodes({
    about: 'estimation codes measured by the recipe "reduced"',
    file: file('estimation-codes/reduced'),
    recipe: "the benchmark's network with 8 channels and one cell a stage",
  }),
  'official-codes': estimationCodes({
    about: 'estimation codes measured by the recipe "official"; of a sample of cells',
    file: file('estimation-codes/official'),
    recipe: "the authors' network",
  }),
  synflow: zeroCostScore('synflow', {
    about: "the logarithm of Tanaka et al.'s synflow of the benchmark's network",
    file: file('zero-cost/synflow'),
    recipe: "ln of Tanaka et al.'s synflow",
  }),
  'synflow-official': officialSynflowCodes(file('zero-cost/synflow')),
  snip: gradients('snip', 'snip'),
  grasp: gradients('grasp', 'grasp'),
  'grad-norm': gradients('grad_norm', "norm of the loss's gradient"),
};
