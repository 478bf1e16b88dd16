import type { Predictor } from '../predictors/predictor';
import { topOrder } from '../statistics/top-order';

/** Gives the codes of cells of one repeat, `[B · codeEntries]`; whoever passes it counts what they cost. */
export type ReadCodes = (repeat: number, positions: Int32Array) => Float32Array;

/**
 * Siamese-Ranking (protocol §4.1, Algorithm 1 of the paper): orders cells by the coarse prediction, then orders the
 * first few again by the fine one. Both sorts are stable, so equal predictions keep the order that they came in.
 *
 * @param predictor R trained repeats
 * @param positions the cells to rank, `[R][B]`, equally many for all repeats
 * @param refined how many of the first are ordered again, c of protocol §4.1; without effect on a predictor that has no
 *   estimation branch
 * @param readCodes called once a repeat, with its first c cells and nothing else
 * @param top how many of the first cells are wanted; all of them by default, and never fewer than c
 * @returns the cells, best first, `[R][min(B, top)]`; those after the first c stay in coarse order
 * @throws Error when a prediction is not a finite number
 */
export function siameseRanking(
  predictor: Predictor,
  positions: readonly Int32Array[],
  refined: number,
  readCodes: ReadCodes,
  top = Infinity,
): Int32Array[] {
  const coarse = predictor.predictCoarse(positions);
  const sorted = (cells: Int32Array, predictions: Float32Array, repeat: number): Int32Array =>
    sortedByPrediction(cells, predictions, predictor.seeds[repeat]!, Math.max(top, refined));
  const ranked = positions.map((cells, repeat) => sorted(cells, coarse[repeat]!, repeat));
  if (predictor.codeEntries === 0 || refined === 0) return ranked;

  const first = ranked.map((cells) => cells.slice(0, refined));
  const codes = first.map((cells, repeat) => readCodes(repeat, cells));
  const fine = predictor.predictFine(first, codes);
  ranked.forEach((cells, repeat) => cells.set(sorted(first[repeat]!, fine[repeat]!, repeat)));
  return ranked;
}

/** The first cells in descending order of their predictions; equal predictions keep their order. */
function sortedByPrediction(cells: Int32Array, predictions: Float32Array, seed: number, top: number): Int32Array {
  const bad = predictions.findIndex((prediction) => !Number.isFinite(prediction));
  if (bad >= 0)
    throw new Error(
      `the predictor of seed ${seed} predicts ${predictions[bad]} for cell ${cells[bad]}: its training has diverged`,
    );
  return topOrder(predictions, Math.min(top, cells.length)).map((i) => cells[i]!);
}
