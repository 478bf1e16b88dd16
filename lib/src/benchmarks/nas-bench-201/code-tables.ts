import { dataFile } from '../../files/data-file';
import type { CodeTableSource } from '../benchmark';
import {
  estimationCodes,
  GRADIENT_SCORES,
  networkScores,
  officialSynflowCodes,
  TRAININGS_PER_EPOCH,
  UNIT_SCORES,
  zeroCostScore,
} from '../code-tables';

const SCORES = [...GRADIENT_SCORES, ...UNIT_SCORES];
const file = (name: string): string => dataFile(`nas-bench-201/${name}.csv`);

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
  ...networkScores(file('zero-cost/full-10'), SCORES, "of the benchmark's network"),
  ...networkScores(file('zero-cost/full-100'), SCORES, "of the benchmark's network for 100 classes", '-100'),
};
