import type { Kernel } from './kernel';

/**
 * A Gaussian process's belief of all cells, given some of them with independent noise of one variance (Rasmussen and
 * Williams 2006, algorithm 2.1). Cells are given one by one and the Cholesky factor grows by a row each time. Variances do
 * not depend on the values of what was seen, so values are asked for only where a mean is.
 */
export class Posterior {
  /** The variance of each cell's noiseless value, `[count]`; kept up to date. */
  readonly variance: Float64Array;
  /** The cells given, in order. */
  readonly given: number[] = [];
  private readonly factor: Float64Array[] = []; // L, row by row, K + noise · I = L Lᵀ
  private readonly solved: Float64Array[] = []; // rows of L⁻¹ K(given, all), [count] each

  constructor(
    private readonly kernel: Kernel,
    private readonly noise: number,
  ) {
    this.variance = kernel.diagonal.slice();
  }

  /** Takes a cell into account; a cell may be given again, as a second measurement of it. */
  add(cell: number): void {
    const row = this.kernel.row(cell).slice();
    const known = this.solved.length;
    const entries = new Float64Array(known + 1);
    for (let i = 0; i < known; i++) {
      const before = this.solved[i]!;
      const entry = before[cell]!;
      entries[i] = entry;
      for (let other = 0; other < row.length; other++) row[other]! -= entry * before[other]!;
    }
    const pivot = Math.sqrt(row[cell]! + this.noise);
    entries[known] = pivot;
    for (let other = 0; other < row.length; other++) {
      row[other]! /= pivot;
      this.variance[other]! -= row[other]! ** 2;
    }
    this.factor.push(entries);
    this.solved.push(row);
    this.given.push(cell);
  }

  /**
   * The mean of each cell's value.
   *
   * @param values what was seen of the first of the given cells, less their prior means; cells given beyond them stand
   * for values that are not known yet, and change no mean
   * @returns `[count]`
   */
  mean(values: ArrayLike<number>): Float64Array {
    const mean = new Float64Array(this.variance.length);
    const whitened = new Float64Array(values.length); // L⁻¹ y
    for (let i = 0; i < values.length; i++) {
      const entries = this.factor[i]!;
      let value = values[i]!;
      for (let j = 0; j < i; j++) value -= entries[j]! * whitened[j]!;
      whitened[i] = value / entries[i]!;
      const row = this.solved[i]!;
      for (let other = 0; other < mean.length; other++) mean[other]! += whitened[i]! * row[other]!;
    }
    return mean;
  }

  /**
   * ln of the density of each of the values seen of the first of the given cells, given those before it (Rasmussen and
   * Williams 2006, 2.30, a factor each); their sum is the evidence.
   *
   * @param values less their prior means
   */
  logDensities(values: ArrayLike<number>): number[] {
    const whitened: number[] = [];
    return Array.from(values, (seen, i) => {
      const entries = this.factor[i]!;
      let value = seen;
      for (let j = 0; j < i; j++) value -= entries[j]! * whitened[j]!;
      whitened.push(value / entries[i]!);
      return -(Math.log(2 * Math.PI) + whitened[i]! ** 2) / 2 - Math.log(entries[i]!);
    });
  }
}
