import path from 'node:path';
import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { withClasses } from '../convnet/with-classes';
import { type LabelledImages } from '../images/cifar10';
import { type MeasuringOutcome } from '../processes/measuring-progress';
import { cellSeed } from './estimation-code';
import { measureCells, type MeasuringOptions } from './measure-cells';
import { networkScoreStore, type ScoredNetwork, type ScoreRecipe } from './network-score-store';
import { scoreBatch, type ScoreBatch } from './score-batch';
import { type ZeroCostScores } from './zero-cost-scores';

/** What to score. */
export interface NetworkScoreMeasurement extends MeasuringOptions {
  space: SearchSpace;
  recipe: ScoreRecipe;
  /** The recipe's network of a cell, with any number of classes. */
  networkOf: (position: number) => Network;
  /** CIFAR-10's training images; called when a score is missing. */
  loadImages: () => Promise<LabelledImages>;
}

/** What a worker answers for a network. */
export interface NetworkScoreResult {
  scores: ZeroCostScores;
  /** Processor time. */
  seconds: number;
}

/** Source under a TypeScript loader, JavaScript when built: the same ending as this file. */
const WORKER = path.join(__dirname, `network-score-worker${path.extname(__filename)}`);

/**
 * Measures the zero-cost scores that are missing in a file (see `measureCells` and `zeroCostScores`). They depend on the
 * recipe and the cell alone.
 *
 * @throws Error when the file is in use, damaged, not writable, of another space or recipe, or when a worker dies
 */
export async function measureNetworkScores(measurement: NetworkScoreMeasurement): Promise<MeasuringOutcome> {
  const { space, recipe, networkOf, loadImages } = measurement;
  const { classes, seed } = recipe;
  const store = await networkScoreStore(space).open(measurement.file, recipe);
  try {
    return await measureCells<ScoreBatch, NetworkScoreResult, ScoredNetwork>({
      ...measurement,
      store,
      module: WORKER,
      prepare: async () => scoreBatch(await loadImages(), classes, seed),
      taskOf: (position) => ({
        networks: [withClasses(networkOf(position), classes)],
        seed: cellSeed(seed, space.ids[position]!),
      }),
      rowOf: ({ scores, seconds }, position, provenance) => {
        const [id, architecture] = [space.ids[position]!, space.cells[position]!];
        return { id, architecture, scores, ...recipe, seconds, provenance };
      },
    });
  } finally {
    await store.close();
  }
}
