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
  /** Steps done and steps in all, at most a few times a second. */
  progress?: (done: number, total: number) => void;
}
