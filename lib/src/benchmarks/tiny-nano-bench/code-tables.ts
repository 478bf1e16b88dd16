import { dataFile } from '../../files/data-file';
import type { CodeTableSource } from '../benchmark';

/** An epoch of an Estimation Code in full trainings: 5,000 of 50,000 images, one of 100 epochs (protocol §6.1). */
const TRAININGS_PER_EPOCH = 0.001;

/** The authors' synflow code is their score, at most this, divided by it (protocol §6.5). */
const OFFICIAL_SYNFLOW_LIMIT = 1000;

const SCORED = 'at fresh weights, one initialisation a network';

/**
 * The prior knowledge that comes with a space of NanoBench cells, by the names that users type.
 *
 * @param folder the benchmark's folder in `data`
 */
export function nanoCodeTables(folder: string): Readonly<Record<string, CodeTableSource>> {
  const score = (column: string, file: string, about: string, recipe: string): CodeTableSource => {
    return {
      about,
      file: dataFile(`${folder}/zero-cost/${file}.csv`),
      columns: [column],
      recipe: () => recipe,
      trainingsPerEntry: 0,
      signed: true,
    };
  };
  return {
    'official-codes': {
      about: 'estimation codes measured by the recipe "official"',
      file: dataFile(`${folder}/estimation-codes/official.csv`),
      columns: ['loss1', 'loss2', 'loss3'],
      recipe: () => "training losses of epochs 1 to 3 on 5,000 images of CIFAR-10, the space's own network",
      trainingsPerEntry: TRAININGS_PER_EPOCH,
      signed: false,
    },
    synflow: score(
      'synflow',
      'synflow',
      "the logarithm of Tanaka et al.'s synflow",
      `ln of Tanaka et al.'s synflow ${SCORED}`,
    ),
    'synflow-official': {
      ...score(
        'synflow_official',
        'synflow',
        "the authors' synflow, cut off and three times over, as they feed it",
        `the authors' synflow ${SCORED}, cut off at 1,000, in thousandths, three times`,
      ),
      transform: ([value]) => {
        const code = Math.min(Math.max(value!, 0), OFFICIAL_SYNFLOW_LIMIT) / OFFICIAL_SYNFLOW_LIMIT;
        return [code, code, code];
      },
    },
    snip: score('snip', 'gradients', 'snip', `snip ${SCORED}`),
    grasp: score('grasp', 'gradients', 'grasp', `grasp ${SCORED}`),
    'grad-norm': score('grad_norm', 'gradients', "the norm of the loss's gradient", `norm of the gradient ${SCORED}`),
  };
}
