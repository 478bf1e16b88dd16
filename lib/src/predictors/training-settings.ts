/** Everything that training a predictor leaves to choose, and the two presets (protocol §3). */

import type { LossName } from './predictor';

/** One phase of the schedule; each starts a new Adam (protocol §3.3). */
export interface TrainingPhase {
  epochs: number;
  learningRate: number;
}

/** How a predictor is trained. A variant is a spread of a preset with a line changed. */
export interface TrainingSettings {
  /** Cells of a batch, drawn with replacement (protocol §3.2). */
  batch: number;
  /** 'huber' (official code) or 'squared' (the paper's Eq. 1); protocol §3.1. */
  loss: LossName;
  phases: readonly TrainingPhase[];
  /** The 1-based phase in which a sampling strategy may add cells (protocol §3.3). */
  samplingPhase: number;
  /**
   * 'last': the last weights. 'official': a last phase (`checkpointPhase`) after which the weights of the epoch with
   * the best true accuracy are kept (BestSaver, protocol §3.5).
   */
  checkpoint: 'last' | 'official';
  /** The phase that 'official' appends. */
  checkpointPhase: TrainingPhase;
  /** Trained cells that the checkpoint costs: a budget N leaves N − heldBack cells to train on (protocol §3.5). */
  heldBack: number;
}

const schedule = {
  batch: 8, // §3.2
  // §3.3: 200 epochs
  phases: [
    { epochs: 40, learningRate: 1e-3 },
    { epochs: 100, learningRate: 1e-3 },
    { epochs: 60, learningRate: 1e-4 },
  ],
  samplingPhase: 2,
  checkpointPhase: { epochs: 3, learningRate: 1e-4 },
};

/** `official`: the authors' code, with its look at true accuracies; `paper`: the last weights and all N cells (protocol §0). */
export const trainingPresets: Record<'official' | 'paper', TrainingSettings> = {
  official: { ...schedule, loss: 'huber', checkpoint: 'official', heldBack: 3 },
  // The paper writes a squared error (Eq. 1) and is silent on the schedule: the code's (protocol §3.3, "open").
  paper: { ...schedule, loss: 'squared', checkpoint: 'last', heldBack: 0 },
};

/** The settings with other epochs in each phase, without a look at true accuracies: the last weights, and all N cells. */
export function lastWeights(settings: TrainingSettings, epochs: readonly number[]): TrainingSettings {
  const phases = settings.phases.map((phase, i) => ({ ...phase, epochs: epochs[i] ?? phase.epochs }));
  return { ...settings, phases, checkpoint: 'last', heldBack: 0 };
}

/** Steps of an epoch for m cells: max(⌊m / batch⌋, 1), fixed even while a pool grows (protocol §3.2). */
export function stepsPerEpoch(cells: number, settings: TrainingSettings): number {
  return Math.max(Math.floor(cells / settings.batch), 1);
}

/** The schedule's phases, the checkpoint's included. */
export function allPhases(settings: TrainingSettings): TrainingPhase[] {
  return settings.checkpoint === 'official' ? [...settings.phases, settings.checkpointPhase] : [...settings.phases];
}

/** Steps of the whole training of m cells. */
export function totalSteps(cells: number, settings: TrainingSettings): number {
  return stepsPerEpoch(cells, settings) * allPhases(settings).reduce((sum, { epochs }) => sum + epochs, 0);
}
