import type { Predictor } from '../predictors/predictor';
import { Random } from '../tensors/random';
import { REFINED_WHILE_SAMPLING } from './top-sampling';
import type { SampleSource } from './sample-pool';
import { siameseRanking } from './siamese-ranking';
import { tenth } from './tenth';

/** The subset is the same for all runs of a space, so its seed is not a run's. */
const SUBSET_SEED = 0;

/**
 * The score by which the official code chooses among checkpoints (protocol §3.5): the true accuracy of the cell that
 * the present weights rank first in a fixed tenth of the space. It looks at ground truth, which is why the official
 * preset holds three trainings of the budget back for it.
 *
 * @param spaceName names the space's subset
 * @returns a function that gives each repeat's score in percent, `[R]`
 */
export function checkpointScorer(predictor: Predictor, spaceName: string, source: SampleSource): () => number[] {
  const size = source.labels.length;
  const subset = new Random(SUBSET_SEED, 'checkpoint', spaceName).sample(size, tenth(size));
  const positions = predictor.seeds.map(() => subset);
  const readCodes = source.readCodes ?? (() => new Float32Array());
  return () =>
    siameseRanking(predictor, positions, REFINED_WHILE_SAMPLING, readCodes, 1).map(
      (ranked) => source.labels[ranked[0]!]!,
    );
}
