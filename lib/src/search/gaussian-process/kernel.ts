/** How alike two cells are before anything was trained: the one thing that a Gaussian process has to be told. */
export interface Kernel {
  /** Cells that it compares, numbered 0 … count − 1. */
  count: number;
  /** Covariances of one of them with all, itself among them, `[count]`; not to be written to. */
  row(cell: number): Float64Array;
  /** Each cell's covariance with itself, `[count]`. */
  diagonal: Float64Array;
}

/** The covariance of the constant that each kernel adds, the process's unknown level. */
export const LEVEL_VARIANCE = 1;

/** The kernel with its last rows kept, since searches side by side ask for the same rows. */
export function withCache(kernel: Kernel, rows: number): Kernel {
  const known = new Map<number, Float64Array>();
  return {
    ...kernel,
    row(cell) {
      let row = known.get(cell);
      if (row === undefined) {
        row = kernel.row(cell);
        if (known.size >= rows) known.delete(known.keys().next().value!);
        known.set(cell, row);
      }
      return row;
    },
  };
}
