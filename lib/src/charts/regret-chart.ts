import type { TopLevelSpec } from 'vega-lite';
import type { RegretPoint } from '../experiments/search-rows';
import { CHART_CONFIG, CHART_WIDTH, searchStyle } from './theme';
import { wrapText } from './wrap-text';

/** Below this the regret axis is linear, above it logarithmic, so that zero has a place. */
const LINEAR_BELOW = 0.1;

const REGRETS = [0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];
const TRAININGS = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300];

/**
 * Mean regret of the cell that a user would deploy against trainings, both logarithmic but for regrets near 0; a line with a
 * 95 % band a method.
 *
 * @param title of the chart, with the data set
 * @param rows curves; methods in the order of the legend
 * @param notes what the curves were made with
 */
export function regretChart(title: string, rows: readonly RegretPoint[], notes: readonly string[]): TopLevelSpec {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const styles = methods.map((method, i) => searchStyle(method) ?? SPARE[i % SPARE.length]!);
  const reach = [1, Math.max(...rows.map((row) => row.x))];
  const x = {
    field: 'x',
    type: 'quantitative',
    title: 'trainings (logarithmic)',
    scale: { type: 'log', domain: reach, nice: false },
    axis: { values: TRAININGS, grid: true },
  } as const;
  const y = {
    field: 'regret',
    type: 'quantitative',
    title: `mean regret (points; log above ${LINEAR_BELOW})`, // short: it has to fit beside a plot above a long legend
    scale: { type: 'symlog', constant: LINEAR_BELOW, nice: false, domainMin: 0 },
    axis: { values: REGRETS, grid: true, minExtent: 36, format: '~g' },
  } as const;
  const legend = { title: null, symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1, columns: 3 } as const;
  const color = {
    field: 'method',
    type: 'nominal',
    sort: null,
    scale: { domain: methods, range: styles.map(({ colour }) => colour) },
    legend,
  } as const;
  const strokeDash = {
    field: 'method',
    type: 'nominal',
    sort: null,
    scale: { domain: methods, range: styles.map(({ dash }) => dash) },
    legend,
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: CHART_WIDTH,
    height: 460,
    autosize: { type: 'fit', contains: 'padding' },
    title: { text: title, subtitle: wrapText([...notes, 'bands: 95 % interval of the mean']) },
    data: { values: [...rows] },
    layer: [
      {
        mark: { type: 'area', opacity: 0.15 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      { mark: { type: 'line', strokeWidth: 2.2 }, encoding: { x, y, color, strokeDash } },
      {
        mark: { type: 'circle', size: 60, opacity: 0 },
        encoding: {
          x,
          y,
          color,
          tooltip: [
            { field: 'method', type: 'nominal' },
            { field: 'x', type: 'quantitative', title: 'trainings', format: '.0f' },
            { field: 'regret', type: 'quantitative', title: 'mean regret, points', format: '.3f' },
            { field: 'low', type: 'quantitative', title: 'from', format: '.3f' },
            { field: 'high', type: 'quantitative', title: 'to', format: '.3f' },
            { field: 'n', type: 'quantitative', title: 'searches' },
          ],
        },
      },
    ],
    config: CHART_CONFIG,
  };
}

const SPARE = ['rgb(0,135,90)', 'rgb(200,60,130)', 'rgb(110,80,40)'].map((colour) => ({ colour, dash: [1, 0] }));
