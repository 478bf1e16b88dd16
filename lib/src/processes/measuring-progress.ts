/** How far a measurement of cells into a file is. */
export interface MeasuringProgress {
  /** Cells measured by this run, cells that it has to measure, and cells that were there before. */
  done: number;
  total: number;
  before: number;
  /** Since the first of them began: time for fetching images is no measure of what is left. */
  seconds: number;
}

/** How a measurement ended. */
export interface MeasuringOutcome {
  /** Whether all is done; false when the signal stopped it. */
  complete: boolean;
  /** Positions of cells whose training diverged, which therefore have no result. */
  diverged: number[];
}
