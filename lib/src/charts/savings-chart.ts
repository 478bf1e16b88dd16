import type { TopLevelSpec } from 'vega-lite';
import { CHART_CONFIG, methodStyles } from './theme';
import { wrapText } from './wrap-text';

/** What a method needs for the accuracy that the naive predictor has with N₀ trained cells (the paper's Eq. 1). */
export interface SavingRow {
  /** the panel: data set and, where it matters, label policy */
  dataSet: string;
  /** 'predictor', 'siams', …, 'random' */
  method: string;
  /** N₀, trained cells of the naive predictor */
  budget: number;
  /** N and codes at equal accuracy, in trainings */
  cost: number;
}

const PANEL = { width: 290, height: 240, columns: 2 };

/**
 * Eq. 1: trainings that each method needs for the naive predictor's accuracy, a panel for each data set. Below the dashed
 * diagonal it saves trainings; the dotted line is the smallest N measured, where the true cost may be lower.
 *
 * @param smallest the smallest N measured
 * @param notes what the curves were made with
 */
export function savingsChart(rows: readonly SavingRow[], smallest: number, notes: readonly string[]): TopLevelSpec {
  const styles = methodStyles(rows.map(({ method }) => method));
  const dataSets = [...new Set(rows.map(({ dataSet }) => dataSet))];
  const largest = Math.max(...rows.map(({ budget }) => budget));
  const x = { field: 'budget', type: 'quantitative', title: 'N₀ of the naive predictor' } as const;
  const y = { field: 'cost', type: 'quantitative', title: 'N + codes at equal accuracy (trainings)' } as const;
  const guide = (level: string, strokeDash: number[]) => ({
    mark: { type: 'line' as const, color: '#777', strokeDash },
    transform: [{ calculate: level, as: 'level' }],
    encoding: { x, y: { ...y, field: 'level' } },
  });
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: {
      text: 'Eq. 1: trainings for the naive predictor’s accuracy',
      subtitle: wrapText([
        ...notes,
        'below the dashed diagonal: a saving · on the dotted line: reached at the smallest N measured, or below',
      ]),
    },
    data: { values: rows.map((row) => ({ ...row, method: styles.get(row.method)!.label })) },
    facet: { field: 'dataSet', type: 'nominal', title: null, sort: dataSets },
    columns: PANEL.columns,
    spec: {
      width: PANEL.width,
      height: PANEL.height,
      layer: [
        guide('datum.budget', [5, 4]),
        guide(String(smallest), [2, 3]),
        {
          mark: { type: 'line', point: { size: 40, opacity: 1 }, strokeWidth: 2 },
          encoding: {
            x: { ...x, scale: { domain: [0, 1.05 * largest], nice: false } },
            y: { ...y, scale: { domainMin: 0 } },
            color: {
              field: 'method',
              type: 'nominal',
              sort: null,
              legend: { title: null, symbolType: 'stroke', symbolStrokeWidth: 3 },
              scale: {
                domain: [...styles.values()].map(({ label }) => label),
                range: [...styles.values()].map(({ colour }) => colour),
              },
            },
            tooltip: [{ field: 'method', type: 'nominal', title: 'method' }, x, { ...y, format: '.1f' }],
          },
        },
      ],
    },
    config: CHART_CONFIG,
  };
}
