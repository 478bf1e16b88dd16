import type { TopLevelSpec } from 'vega-lite';
import { figures } from '../experiments/figures';
import { curveChart, type CurveNotes, type CurveRow, type PublishedRow } from './curve-chart';

/**
 * Fig. 6b: K = 30 fixed, the predictor's budget N grows.
 *
 * @param rows our curves, x = N + 30
 * @param paper the paper's curves, digitised (protocol §5.3), in percent
 * @param notes what the curves were made with
 */
export function figure6b(rows: readonly CurveRow[], paper: readonly PublishedRow[], notes: CurveNotes): TopLevelSpec {
  return curveChart({
    title: `Fig. 6b: K = ${figures.fig6.top} fixed, N grows (${notes.dataSet})`,
    xTitle: `trained cells, N + K with K = ${figures.fig6.top}`,
    rows,
    paper,
    notes,
  });
}
