/** The training loop: schedule, batches, losses, checkpoint (protocol §3). */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../tensors/random';
import type { SamplePool, TrainingHooks } from './predictor';
import type { Batch, CellLoss, PredictorStack } from './predictor-stack';
import { allPhases, stepsPerEpoch, totalSteps, type TrainingSettings } from './training-settings';

const HUBER_DELTA = 0.5; // protocol §3.1

/** A loss with its derivative with respect to the prediction: both from d = prediction − label. */
function lossOf(value: (d: tf.Tensor) => tf.Tensor, slope: (d: tf.Tensor) => tf.Tensor): CellLoss {
  return tf.customGrad((...args) => {
    const [prediction, label, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const d = tf.sub(prediction, label);
    save([d]);
    const gradFunc = (dy: tf.Tensor, [d]: tf.Tensor[]): tf.Tensor[] => {
      const gradient = tf.mul(dy, slope(d!));
      return [gradient, tf.neg(gradient)];
    };
    return { value: value(d), gradFunc };
  });
}

const near = (d: tf.Tensor): tf.Tensor => tf.clipByValue(d, -HUBER_DELTA, HUBER_DELTA);

/** Element-wise losses of predictions and labels, both fractions (protocol §3.1). */
export const cellLosses: Record<TrainingSettings['loss'], CellLoss> = {
  // With m = d clipped to ±δ, m (d − m/2) is ½d² for |d| ≤ δ and δ(|d| − δ/2) beyond.
  huber: lossOf((d) => tf.mul(near(d), tf.sub(d, tf.mul(near(d), 0.5))), near),
  squared: lossOf(tf.square, (d) => tf.mul(d, 2)),
};

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
 * Trains a stack; repeat r on pool r. Synchronous: hooks are called in between.
 *
 * @param pools the cells of each repeat, `[R]`, accuracies in percent; hooks may append to them
 * @param cells m, the cells that each pool will have in the end; it fixes the steps of an epoch (protocol §3.2)
 * @throws Error for pools that are empty, or whose codes do not fit the predictor
 */
export function trainPredictor(
  predictor: PredictorStack,
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
  let done = 0;
  let epoch = 0;
  let lastLoss: number[] = [];
  let best: { snapshot: tf.Tensor[]; scores: number[] } | undefined;
  for (const [index, { epochs, learningRate }] of phases.entries()) {
    predictor.restartOptimiser();
    for (let inPhase = 0; inPhase < epochs; inPhase++) {
      epoch++;
      for (let i = 0; i < steps; i++) {
        const batch = drawBatch(pools, streams, settings.batch, predictor.codeEntries);
        const loss = predictor.step(batch, cellLosses[settings.loss], learningRate);
        done++;
        if (done === total) lastLoss = [...loss.dataSync()];
        loss.dispose();
        hooks.progress?.(done, total);
      }
      hooks.afterEpoch?.(epoch);
      if (index === settings.phases.length && hooks.scoreCheckpoint) {
        best = keepBest(predictor, best, hooks.scoreCheckpoint());
      }
    }
  }
  if (best) predictor.state.load(best.snapshot);
  return { steps: total, lastLoss, checkpointScore: best?.scores };
}

type Best = { snapshot: tf.Tensor[]; scores: number[] };

/** Keeps the present weights of the repeats that score strictly higher than before (protocol §3.5). */
function keepBest({ state }: PredictorStack, best: Best | undefined, scores: number[]): Best {
  if (!best) return { snapshot: state.snapshot(), scores };
  const higher = scores.map((score, r) => score > best.scores[r]!);
  const snapshot = state.merge(best.snapshot, higher);
  tf.dispose(best.snapshot);
  return { snapshot, scores: scores.map((score, r) => Math.max(score, best.scores[r]!)) };
}

/** B cells of each pool, drawn with replacement (protocol §3.2). */
function drawBatch(pools: readonly SamplePool[], streams: Random[], size: number, entries: number): Batch {
  const batch = {
    positions: new Int32Array(pools.length * size),
    labels: new Float32Array(pools.length * size),
    codes: new Float32Array(pools.length * size * entries),
  };
  pools.forEach((pool, r) => {
    for (let b = 0; b < size; b++) {
      const chosen = streams[r]!.integer(pool.positions.length);
      const at = r * size + b;
      batch.positions[at] = pool.positions[chosen]!;
      batch.labels[at] = pool.labels[chosen]! / 100;
      for (let k = 0; k < entries; k++) batch.codes[at * entries + k] = pool.codes[chosen * entries + k]!;
    }
  });
  return batch;
}

function checkPools(predictor: PredictorStack, pools: readonly SamplePool[]): void {
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
