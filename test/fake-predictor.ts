import type { Predictor } from '../lib/src/predictors/predictor';

/** A predictor whose coarse predictions are given by a function of cell and seed, and whose fine one is the code. */
export class FakePredictor implements Predictor {
  /** Codes that predictFine was given, for each call. */
  readonly fineCalls: Float32Array[][] = [];

  constructor(
    readonly seeds: readonly number[],
    readonly codeEntries: number,
    public coarse: (cell: number, seed: number) => number,
  ) {}

  predictCoarse(positions: readonly Int32Array[]): Float32Array[] {
    return positions.map((cells, r) => Float32Array.from(cells, (cell) => this.coarse(cell, this.seeds[r]!)));
  }

  predictFine(positions: readonly Int32Array[], codes: readonly Float32Array[]): Float32Array[] {
    if (this.codeEntries === 0) throw new Error('no estimation branch');
    this.fineCalls.push([...codes]);
    return positions.map((cells, r) => Float32Array.from(cells, (_, i) => codes[r]![i * this.codeEntries]!));
  }
}
