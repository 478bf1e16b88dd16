import type { TopLevelSpec } from 'vega-lite';
import { FIGURE_6A_BUDGET } from '../experiments/figures';
import { curveChart, type CurveNotes, type CurveRow, type PublishedRow } from './curve-chart';

/**
 * Fig. 6a: N = 30 fixed, K grows. The paper smooths its curves by a spline; ours are straight between points.
 *
 * @param rows our curves, x = 30 + K
 * @param paper the paper's curves, digitised (protocol §5.3), in percent
 * @param notes what the curves were made with
 */
export function figure6a(rows: readonly CurveRow[], paper: readonly PublishedRow[], notes: CurveNotes): TopLevelSpec {
  return curveChart({
    title: `Fig. 6a: N = ${FIGURE_6A_BUDGET} fixed, K grows (${notes.dataSet})`,
    xTitle: `trained cells, N + K with N = ${FIGURE_6A_BUDGET}`,
    rows,
    paper,
    notes,
  });
}
