import { type Kernel, LEVEL_VARIANCE } from './kernel';

/** How trainings and cheap looks at a cell hang together. */
export interface TwoFidelities {
  /** ρ: correlation of what the kernel explains of both; −1 … 1. */
  correlation: number;
  /** Variance of a part that each cell has for itself, on which both agree as far as they are correlated. */
  ownVariance: number;
}

/**
 * The covariances of Kennedy and O'Hagan's autoregressive model (Biometrika 2000) on a kernel with a level:
 * low(x) = s(x) + c(x) + level, high(x) = ρ (s(x) + c(x)) + δ(x) + a level of its own, where s has the kernel, c is
 * independent from cell to cell and δ has 1 − ρ² of the kernel, so that high is what the kernel says of it alone but for
 * ρ² c. Cells 0 … n − 1 are those of the kernel at the high fidelity, n … 2n − 1 the same cells at the low one.
 */
export function twoFidelityKernel(kernel: Kernel, { correlation, ownVariance }: TwoFidelities): Kernel {
  const { count: n } = kernel;
  const diagonal = new Float64Array(2 * n);
  kernel.diagonal.forEach((variance, cell) => {
    diagonal[cell] = variance + correlation ** 2 * ownVariance;
    diagonal[n + cell] = variance + ownVariance;
  });
  return {
    count: 2 * n,
    diagonal,
    row(index) {
      const [cell, isLow] = [index % n, index >= n];
      const alone = kernel.row(cell);
      const row = new Float64Array(2 * n);
      const [same, other] = isLow ? [n, 0] : [0, n]; // where the cells of its own fidelity begin, and of the other
      row.set(alone, same);
      for (let each = 0; each < n; each++) row[other + each] = correlation * (alone[each]! - LEVEL_VARIANCE);
      row[same + cell] = diagonal[index]!;
      row[other + cell]! += correlation * ownVariance;
      return row;
    },
  };
}
