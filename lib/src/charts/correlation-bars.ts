import type { TopLevelSpec } from 'vega-lite';
import type { CorrelationRow } from '../experiments/prior-comparison';
import { textWidth } from './fonts';
import { CHART_CONFIG, CHART_WIDTH, COLOURS } from './theme';
import { wrapText } from './wrap-text';

/** How many there are goes below, or the heads of four panels would touch. */
const HEAD = { labelExpr: "split(datum.label, ', ')" };

/**
 * Spearman's correlation with accuracy by source, a panel for each data set, with 95 % intervals; a dashed line carries
 * the control's value through its panel, and a tick shows it on the cells of a source that covers only some. Sources keep
 * the order in which they first come.
 */
export function correlationBars(
  rows: readonly CorrelationRow[],
  title: string,
  notes: readonly string[],
): TopLevelSpec {
  const sources = [...new Set(rows.map((row) => row.source))];
  const dataSets = [...new Set(rows.map((row) => row.dataSet))];
  const labels = Math.max(...sources.map((source) => textWidth(source, 12)));
  const gap = 48; // holds the values
  const panel = Math.floor((CHART_WIDTH - labels - 24) / dataSets.length - gap);
  const control = rows.find((row) => row.control)?.source ?? 'none';
  const explained = ['whisker: 95 % interval', `dashed: ${control}, the control`];
  if (rows.some(({ controlHere }) => controlHere !== undefined)) explained.push('tick: that of the same cells');
  const least = Math.min(0, ...rows.flatMap(({ low, controlHere = 0 }) => [low, controlHere]));
  const y = { field: 'source', type: 'nominal', sort: sources, title: null, axis: { labelLimit: 0 } } as const;
  const x = {
    field: 'spearman',
    type: 'quantitative',
    title: 'Spearman',
    scale: { domainMin: Math.floor(10 * least) / 10, domainMax: 1, nice: false },
    axis: { values: [-1, -0.5, 0, 0.5, 1] as number[] },
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: { text: title, subtitle: wrapText([...notes, explained.join('; ')]) },
    data: { values: [...rows] },
    facet: { column: { field: 'dataSet', type: 'nominal', sort: dataSets, title: null, header: HEAD } },
    spacing: gap,
    bounds: 'flush',
    spec: {
      width: panel,
      height: { step: 34 },
      layer: [
        {
          mark: { type: 'bar', height: { band: 0.62 } },
          encoding: {
            y,
            x,
            color: {
              field: 'control',
              type: 'nominal',
              scale: { domain: [false, true], range: [COLOURS.blue, '#b9b9b9'] },
              legend: null,
            },
            tooltip: [
              { field: 'source', type: 'nominal', title: 'source' },
              { field: 'dataSet', type: 'nominal', title: 'data set' },
              { field: 'spearman', type: 'quantitative', title: 'Spearman', format: '.3f' },
              { field: 'low', type: 'quantitative', title: 'from', format: '.3f' },
              { field: 'high', type: 'quantitative', title: 'to', format: '.3f' },
              { field: 'n', type: 'quantitative', title: 'cells' },
            ],
          },
        },
        {
          transform: [{ filter: 'datum.control' }],
          mark: { type: 'rule', strokeDash: [5, 4], color: '#666' },
          encoding: { x },
        },
        {
          transform: [{ filter: 'isValid(datum.controlHere)' }],
          mark: { type: 'tick', thickness: 3, size: 26, color: '#666' },
          encoding: { y, x: { ...x, field: 'controlHere' } },
        },
        { mark: { type: 'rule', strokeWidth: 1.5 }, encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } } },
        {
          mark: { type: 'text', align: 'left', baseline: 'middle', x: panel + 6, fontSize: 11.5, color: '#222' },
          encoding: { y, text: { field: 'spearman', type: 'quantitative', format: '.2f' } },
        },
      ],
    },
    config: CHART_CONFIG,
  };
}
