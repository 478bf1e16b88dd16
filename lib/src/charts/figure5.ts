import type { TopLevelSpec } from 'vega-lite';
import { figures } from '../experiments/figures';
import { curveChart, type CurveNotes, type CurveRow } from './curve-chart';

const CROSSING = 125; // from here on the paper claims to be better than BRP-NAS; its dashed line (protocol §5.1)

/**
 * Fig. 5: mean best accuracy against N + 20 for the four methods and random search.
 *
 * @param rows our curves, x = N + 20
 * @param notes what the curves were made with
 * @param brpNas BRP-NAS's published points (protocol §5.4), x in trained cells, percent; another label and score protocol
 */
export function figure5(
  rows: readonly CurveRow[],
  notes: CurveNotes,
  brpNas: readonly { x: number; mean: number }[] = [],
): TopLevelSpec {
  return curveChart({
    title: `Fig. 5: best accuracy for a number of trained cells (${notes.dataSet})`,
    xTitle: `trained cells, N + K with K = ${figures.fig5.top}`,
    rows,
    notes,
    mark: { x: CROSSING, label: `${CROSSING} cells, 0.8 % of the space` },
    ...(brpNas.length > 0 && { points: { name: 'BRP-NAS as published (other labels and score)', rows: brpNas } }),
  });
}
