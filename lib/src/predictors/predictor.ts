/** What a search may ask of a predictor, and what it must be fed with while it is trained. */

/**
 * A stack of R predictors over one search space, trained and asked together. Repeat r has its own seed and weights, and
 * what it predicts does not depend on the others.
 */
export interface Predictor {
  /** One seed a repeat; R is their number. */
  readonly seeds: readonly number[];
  /** Entries of a code that the estimation branch reads; 0 where there is no estimation branch. */
  readonly codeEntries: number;
  /**
   * Coarse predictions, in percent, from the graph alone (protocol §2.3, p_b).
   *
   * @param positions the cells of each repeat, `[R][B]`, equally many for all
   * @returns `[R][B]`
   */
  predictCoarse(positions: readonly Int32Array[]): Float32Array[];
  /**
   * Fine predictions, in percent, from graph and code (protocol §2.3, p_e).
   *
   * @param positions the cells of each repeat, `[R][B]`
   * @param codes their codes, `[R][B · codeEntries]`
   * @returns `[R][B]`
   * @throws Error when there is no estimation branch
   */
  predictFine(positions: readonly Int32Array[], codes: readonly Float32Array[]): Float32Array[];
}

/** Losses of a cell by name: `huber`, ½d² up to |d| = 0.5 and linear beyond; `squared`, d² (protocol §3.1). */
export type LossName = 'huber' | 'squared';

/** Batches for some training steps in a row, B cells of each repeat and step; S = 1 where `steps` is left out. */
export interface Batches {
  /** S. */
  steps?: number;
  /** Cells by position, `[R · S · B]`. */
  positions: Int32Array;
  /** Accuracies as fractions, `[R · S · B]`. */
  labels: Float32Array;
  /** `[R · S · B · codeEntries]`; empty for a predictor without estimation branch. */
  codes: Float32Array;
}

/** A predictor that `trainPredictor` can train. */
export interface TrainablePredictor extends Predictor {
  /** Starts a new optimiser; the weights stay (protocol §3.3). */
  restartOptimiser(): void;
  /**
   * Takes training steps, each repeat by itself.
   *
   * @returns the loss of each repeat in the last of them, `[R]`; accuracies as fractions
   */
  train(batches: Batches, loss: LossName, learningRate: number): Float32Array;
  /** Remembers the present weights of the repeats marked, `[R]`, in place of those remembered of them before. */
  keepWeights(repeats: readonly boolean[]): void;
  /** Goes back to the weights remembered; without effect on a repeat of which none are. */
  restoreWeights(): void;
}

/** The trained cells of one repeat; a sampling strategy may append to it between epochs. */
export interface SamplePool {
  /** Cells by position. */
  positions: number[];
  /** Their accuracies in percent. */
  labels: number[];
  /** Their codes, one after the other; empty for a predictor without estimation branch. */
  codes: number[];
}

/** What training calls back while it runs. */
export interface TrainingHooks {
  /**
   * After each epoch, counted from 1 over all phases of the schedule (protocol §3.3). May append to the pools: this is
   * where Batch Top Sampling lives.
   */
  afterEpoch?: (epoch: number) => void;
  /**
   * Scores the present weights of each repeat, `[R]`. When given, it is asked after every epoch of the checkpoint phase,
   * and training ends with the weights that scored strictly higher than all before (protocol §3.5).
   */
  scoreCheckpoint?: () => number[];
  /** Steps done and steps in all; after every call of `train`, of which an epoch has one or a few. */
  progress?: (done: number, total: number) => void;
}
