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
import { codesCommand, scoresCommand } from '../measuring-commands';

const FOLDER = 'nas-bench-201';
const file = (name: string): string => dataFile(`${FOLDER}/${name}.csv`);

const codes = (recipe: 'official' | 'reduced') => ({
  file: file(`estimation-codes/${recipe}`),
  measuredBy: codesCommand(FOLDER, recipe),
});

const synflow = { file: file('zero-cost/synflow'), measuredBy: scoresCommand(FOLDER, 'synflow') };

const SCORES = [...GRADIENT_SCORES, ...UNIT_SCORES];

const networks = (classes: 10 | 100) => ({
  file: file(`zero-cost/full-${classes}`),
  measuredBy: scoresCommand(FOLDER, `networks --classes ${classes}`),
});

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
    ...codes('reduced'),
    about: 'estimation codes measured by the recipe "reduced"',
    recipe: "the benchmark's network with 8 channels and one cell a stage",
  }),
  'official-codes': estimationCodes({
    ...codes('official'),
    about: 'estimation codes measured by the recipe "official"; of a sample of cells',
    recipe: "the authors' network",
  }),
  synflow: zeroCostScore('synflow', {
    ...synflow,
    about: "the logarithm of Tanaka et al.'s synflow of the benchmark's network",
    recipe: "ln of Tanaka et al.'s synflow",
  }),
  'synflow-official': officialSynflowCodes(synflow),
  ...networkScores(networks(10), SCORES, "of the benchmark's network"),
  ...networkScores(networks(100), SCORES, "of the benchmark's network for 100 classes", '-100'),
};
