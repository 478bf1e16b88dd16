import type { TopLevelSpec } from 'vega-lite';
import { CHART_CONFIG, CHART_WIDTH } from './theme';

/** The accuracies of all cells on one data set, percent. */
export interface HistogramRow {
  dataSet: string;
  values: ArrayLike<number>;
}

const STEP = 1; // percent points
const LABELS = 180; // pixels for the names of the data sets

/**
 * How many cells have an accuracy, a row of bars for each data set.
 *
 * @param labels which accuracies they are, in words
 */
export function accuracyHistogram(rows: readonly HistogramRow[], labels: string): TopLevelSpec {
  const bars = rows.flatMap(({ dataSet, values }) => {
    const bins = new Map<number, number>();
    for (const value of Array.from(values)) {
      const from = STEP * Math.floor(value / STEP);
      bins.set(from, (bins.get(from) ?? 0) + 1);
    }
    return [...bins].map(([from, cells]) => ({ dataSet, from, to: from + STEP, cells }));
  });
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: {
      text: 'Accuracies of all cells',
      subtitle: `labels: ${labels} · bars of ${STEP} percent point`,
    },
    data: { values: bars },
    facet: {
      row: { field: 'dataSet', type: 'nominal', title: null, header: { labelAngle: 0, labelAlign: 'left' } },
    },
    spacing: 14,
    spec: {
      width: CHART_WIDTH - LABELS,
      height: 90,
      mark: { type: 'rect', stroke: 'white', strokeWidth: 0.5 },
      encoding: {
        x: { field: 'from', type: 'quantitative', title: 'test accuracy (%)', scale: { domain: [0, 100] } },
        x2: { field: 'to' },
        y: { field: 'cells', type: 'quantitative', title: 'cells' },
        y2: { datum: 0 },
        tooltip: [
          { field: 'dataSet', type: 'nominal', title: 'data set' },
          { field: 'from', type: 'quantitative', title: 'from, %', format: '.1f' },
          { field: 'cells', type: 'quantitative', title: 'cells' },
        ],
      },
    },
    config: CHART_CONFIG,
  };
}
