/** How far a measurement of cells into a file is. */
export interface MeasuringProgress {
  /** Cells measured by this run, cells that it has to measure, and cells that were there before. */
  done: number;
  total: number;
  before: number;
  /** Since the first of them began: time for fetching images is no measure of what is left. */
  seconds: number;
}
