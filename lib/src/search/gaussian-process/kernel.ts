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

/** The kernel with an independent linear term in some features added: covariance + Σ variance · x · x'. */
export function withLinearTerm(kernel: Kernel, features: readonly Float64Array[], variance: number): Kernel {
  const diagonal = kernel.diagonal.slice();
  for (const feature of features) feature.forEach((x, cell) => (diagonal[cell]! += variance * x * x));
  return {
    count: kernel.count,
    diagonal,
    row(cell) {
      const row = kernel.row(cell).slice();
      for (const feature of features) {
        const scale = variance * feature[cell]!;
        for (let other = 0; other < row.length; other++) row[other]! += scale * feature[other]!;
      }
      return row;
    },
  };
}

/** The sum of two kernels over the same cells, with one level: cells are alike in either way. */
export function sumOf(first: Kernel, second: Kernel): Kernel {
  const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + b[i]! - LEVEL_VARIANCE);
  return {
    count: first.count,
    diagonal: add(first.diagonal, second.diagonal),
    row: (cell) => add(first.row(cell), second.row(cell)),
  };
}

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
