import type { TopLevelSpec } from 'vega-lite';
import { BETTER_THAN_BRP_NAS_ABOVE } from '../experiments/paper-numbers';
import { curveChart, type CurveNotes, type CurveRow } from './curve-chart';

const TOP = 20; // K of the figure (protocol §5.2)

/**
 * Fig. 5: mean best accuracy against N + 20 for the four methods and random search. The paper has (a) CIFAR-10 and
 * (b) CIFAR-100; another data set is drawn in their form and says so.
 *
 * @param rows our curves, x = N + 20
 * @param notes what the curves were made with
 * @param options.panel which panel of the paper's figure it is
 * @param options.brpNas BRP-NAS's published points (protocol §5.4), x in trained cells, percent; another label and score
 *   protocol
 */
export function figure5(
  rows: readonly CurveRow[],
  notes: CurveNotes,
  options: { panel?: 'a' | 'b'; brpNas?: readonly { x: number; mean: number }[] } = {},
): TopLevelSpec {
  const { panel, brpNas = [] } = options;
  const name = panel === undefined ? 'As Fig. 5' : `Fig. 5${panel}`;
  return curveChart({
    title: `${name}: best accuracy for a number of trained cells (${notes.dataSet})`,
    xTitle: `trained cells, N + K with K = ${TOP}`,
    rows,
    notes,
    mark: { x: BETTER_THAN_BRP_NAS_ABOVE, label: `${BETTER_THAN_BRP_NAS_ABOVE} cells, 0.8 % of the space` },
    ...(brpNas.length > 0 && { points: { name: 'BRP-NAS as published (other labels and score)', rows: brpNas } }),
  });
}
