/** A tenth of a space's cells, ⌊|S| / 10⌋: what Batch Top Sampling ranks at an update and a checkpoint is judged on. */
export function tenth(cells: number): number {
  return Math.floor(cells / 10); // protocol §3.5, §4.2
}
