/**
 * The lower triangle L of a symmetric matrix A = L Lᵀ; undefined where A is not positive definite, to the precision of
 * the numbers.
 *
 * @param matrix `[size, size]`
 * @returns `[size, size]`, zeros above the diagonal
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array | undefined {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) rest -= lower[i * size + k]! * lower[j * size + k]!;
      if (i === j) {
        if (!(rest > Number.EPSILON * size * matrix[i * size + i]!)) return undefined;
        lower[i * size + i] = Math.sqrt(rest);
      } else lower[i * size + j] = rest / lower[j * size + j]!;
    }
  }
  return lower;
}

/** ln det A, from the triangle of A. */
export function logDeterminant(lower: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += 2 * Math.log(lower[i * size + i]!);
  return sum;
}

/** The trace of A⁻¹, from the triangle of A: the sum of the squares of L⁻¹. */
export function traceOfInverse(lower: Float64Array, size: number): number {
  let trace = 0;
  const column = new Float64Array(size);
  for (let c = 0; c < size; c++) {
    column.fill(0);
    for (let i = c; i < size; i++) {
      let rest = i === c ? 1 : 0;
      for (let k = c; k < i; k++) rest -= lower[i * size + k]! * column[k]!;
      column[i] = rest / lower[i * size + i]!;
      trace += column[i]! ** 2;
    }
  }
  return trace;
}
