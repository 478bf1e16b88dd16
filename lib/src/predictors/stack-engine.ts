/** What computes for a stack of predictors: TensorFlow's operations, or the native engine. */
import type { Batches, LossName } from './predictor';

/** Keeps the state of R repeats, trains it and predicts with it. */
export interface StackEngine {
  /** A copy of the state, `[R · size]`, as `StateLayout` says. */
  readState(): Float32Array;
  /** Puts a state in the place of the present one. */
  writeState(state: Float32Array): void;
  /** Starts a new Adam: moments and step count zero (protocol §3.3). */
  restartOptimiser(): void;
  /** Steps of Adam; see `TrainablePredictor`. */
  train(batches: Batches, loss: LossName, learningRate: number): Float32Array;
  /** The gradient of the loss on one batch (S = 1), `[R · parameters]`; 0 for what is not trained. */
  gradient(batch: Batches, loss: LossName): Float32Array;
  /**
   * Predictions in percent, `[R][B]`: fine ones where codes are given, else coarse ones.
   *
   * @param positions `[R][B]`, equally many for all repeats
   * @param codes `[R][B · codeEntries]`
   */
  predict(positions: readonly Int32Array[], codes?: readonly Float32Array[]): Float32Array[];
  /** Gives the memory back. */
  dispose(): void;
}
