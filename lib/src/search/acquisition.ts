import type { SamplePool } from '../predictors/predictor';

/**
 * What ranks: orders cells by what a model believes of them at this moment, `[R][B]`, best first.
 *
 * @param positions the cells of each repeat, `[R][B]`
 * @param refined how many of the first are ordered again by their codes, at the codes' price (protocol §4.1)
 * @param top how many of the first are wanted, by default all; never fewer than are refined: `[R][min(B, top)]`
 */
export type Ranker = (positions: readonly Int32Array[], refined: number, top?: number) => Int32Array[];

/** What an acquisition knows when it is asked. */
export interface AcquisitionUpdate {
  rank: Ranker;
  /** The trained cells of each repeat, `[R]`, with what their trainings revealed. */
  pools: readonly SamplePool[];
  /** One a repeat. */
  seeds: readonly number[];
  /** Cells of the space. */
  size: number;
  /** How often it was asked before. */
  update: number;
  /** New cells that each pool gets. */
  wanted: number;
}

/** What picks the next cells to train while a predictor is trained. */
export interface Acquisition {
  /** Cells that it looks at in an update, of a space's `size`: at least as many as a pool will hold. */
  candidates: (size: number) => number;
  /** For each repeat at most `wanted` cells that its pool does not hold, `[R]`. */
  pick: (update: AcquisitionUpdate) => Int32Array[];
}
