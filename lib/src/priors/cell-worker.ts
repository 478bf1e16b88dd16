import { serve } from '../processes/worker';
import { type CellTask } from './measure-cells';

/**
 * Makes this process a worker of `measureCells`.
 *
 * @param prepare gets the set-up and gives what measures a cell
 */
export function serveCells<Setup, Result>(prepare: (setup: Setup) => Promise<(cell: CellTask) => Result>): void {
  serve<Setup, readonly CellTask[], Result[]>(async (setup) => {
    const measure = await prepare(setup);
    return (cells) => cells.map(measure);
  });
}
