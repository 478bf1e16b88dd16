/** The training loop: schedule, batches, losses, checkpoint (protocol §3). */
import { Random } from '../tensors/random';
import type { Batches, SamplePool, TrainablePredictor, TrainingHooks } from './predictor';
import { allPhases, stepsPerEpoch, totalSteps, type TrainingSettings } from './training-settings';

/** Steps times repeats that are asked for at once: short enough to show progress, long enough to stay in the cache. */
const AT_ONCE = 1024;

/** What training reports. */
export interface TrainingReport {
  /** Steps taken. */
  steps: number;
  /** Loss of each repeat in the last step, `[R]`; accuracies as fractions. */
  lastLoss: number[];
  /** With hooks.scoreCheckpoint: the best score of each repeat, `[R]`. */
  checkpointScore?: number[];
}

/**
 * Trains a predictor; repeat r on pool r. Synchronous: hooks are called in between.
 *
 * @param pools the cells of each repeat, `[R]`, accuracies in percent; hooks may append to them
 * @param cells m, the cells that each pool will have in the end; it fixes the steps of an epoch (protocol §3.2)
 * @throws Error for pools that are empty, or whose codes do not fit the predictor
 */
export function trainPredictor(
  predictor: TrainablePredictor,
  pools: readonly SamplePool[],
  cells: number,
  settings: TrainingSettings,
  hooks: TrainingHooks = {},
): TrainingReport {
  checkPools(predictor, pools);
  const phases = allPhases(settings);
  const steps = stepsPerEpoch(cells, settings);
  const total = totalSteps(cells, settings);
  const streams = predictor.seeds.map((seed) => new Random(seed, 'batches'));
  const atOnce = Math.max(1, Math.floor(AT_ONCE / predictor.seeds.length));
  let done = 0;
  let epoch = 0;
  let lastLoss: Float32Array = new Float32Array();
  let best: number[] | undefined;
  for (const [index, { epochs, learningRate }] of phases.entries()) {
    predictor.restartOptimiser();
    for (let inPhase = 0; inPhase < epochs; inPhase++) {
      epoch++;
      for (let taken = 0; taken < steps; taken += atOnce) {
        const some = Math.min(atOnce, steps - taken);
        const batches = drawBatches(pools, streams, some, settings.batch, predictor.codeEntries);
        lastLoss = predictor.train(batches, settings.loss, learningRate);
        done += some;
        hooks.progress?.(done, total);
      }
      hooks.afterEpoch?.(epoch);
      if (index === settings.phases.length && hooks.scoreCheckpoint) {
        best = keepBest(predictor, best, hooks.scoreCheckpoint());
      }
    }
  }
  if (best) predictor.restoreWeights();
  return { steps: total, lastLoss: [...lastLoss], checkpointScore: best };
}

/** Keeps the present weights of the repeats that score strictly higher than before (protocol §3.5). */
function keepBest(predictor: TrainablePredictor, best: number[] | undefined, scores: number[]): number[] {
  predictor.keepWeights(scores.map((score, r) => !best || score > best[r]!));
  return best ? scores.map((score, r) => Math.max(score, best[r]!)) : scores;
}

/** Batches for S steps: B cells of each pool, drawn with replacement (protocol §3.2). */
function drawBatches(
  pools: readonly SamplePool[],
  streams: Random[],
  steps: number,
  size: number,
  entries: number,
): Batches {
  const cells = pools.length * steps * size;
  const batches = {
    steps,
    positions: new Int32Array(cells),
    labels: new Float32Array(cells),
    codes: new Float32Array(cells * entries),
  };
  pools.forEach((pool, r) => {
    for (let at = r * steps * size; at < (r + 1) * steps * size; at++) {
      const chosen = streams[r]!.integer(pool.positions.length);
      batches.positions[at] = pool.positions[chosen]!;
      batches.labels[at] = pool.labels[chosen]! / 100;
      for (let k = 0; k < entries; k++) batches.codes[at * entries + k] = pool.codes[chosen * entries + k]!;
    }
  });
  return batches;
}

function checkPools(predictor: TrainablePredictor, pools: readonly SamplePool[]): void {
  if (pools.length !== predictor.seeds.length) {
    throw new Error(`${pools.length} pools for ${predictor.seeds.length} repeats: expected one pool a repeat`);
  }
  pools.forEach(({ positions, labels, codes }, r) => {
    if (positions.length === 0) throw new Error(`the pool of repeat ${r} is empty: there is nothing to train on`);
    if (labels.length !== positions.length || codes.length !== positions.length * predictor.codeEntries) {
      const found = `${positions.length} cells, ${labels.length} labels and ${codes.length} code entries`;
      throw new Error(`the pool of repeat ${r} has ${found}; expected ${predictor.codeEntries} code entries a cell`);
    }
  });
}
