import type { TopLevelSpec } from 'vega-lite';
import { curveAxes, withBand, type CurveRow } from './curve-chart';
import { ONE_ROW, type Layer } from './labelled-rule';
import { BAND_IN_STD, CHART_CONFIG, CHART_WIDTH, COLOURS, methodStyles } from './theme';
import { wrapText } from './wrap-text';

/** One point of a curve of one method on one space. */
export interface SpaceCurveRow extends CurveRow {
  /** Title of the space, as the legend shows it. */
  space: string;
}

/** What is drawn, and what a reader must know of it. */
export interface SpaceCurveChart {
  title: string;
  /** Such as `mean best test accuracy, CIFAR-10 (%)`. */
  yTitle: string;
  /** K. */
  top: number;
  notes: readonly string[];
  /** Accuracy of the best cell of a space, percent: a line that no method can pass. */
  optima?: readonly { space: string; best: number }[];
  /** The paper's curves. */
  paper?: readonly Pick<SpaceCurveRow, 'space' | 'x' | 'mean'>[];
}

/** As wide as a chart less its axis of y, so that panels stand flush. */
const PANEL = { width: CHART_WIDTH - 60 } as const;

/** The paper's colours of the spaces in its Fig. 4b; a method is told by its dashes. */
const SPACE_COLOURS = [COLOURS.red, COLOURS.blue] as const;
const DASHES = [
  [1, 0],
  [7, 4],
  [2, 3],
  [9, 3, 2, 3],
];

/**
 * Fig. 7: curves over N + K of two spaces, a colour each, and of several methods, a dash each, the first of them with points, their
 * intervals and a band of ± 0.25 standard deviations. The paper's curves are crosses in a panel of their own above: they rest on
 * other trainings, and on one axis the distance to them would flatten ours.
 *
 * @param rows of the first space and the first method first
 */
export function figure7(rows: readonly SpaceCurveRow[], chart: SpaceCurveChart): TopLevelSpec {
  const { title, notes, optima = [], paper = [] } = chart;
  const ours = [...optima.map((one) => optimumLayer(one, spacesOf(rows))), ...curveLayers(rows, chart)];
  const explained = [
    `band: ± ${BAND_IN_STD} standard deviations`,
    ...(rows.some(({ interval }) => interval) ? ['whisker: 95 % interval of the mean over seeds'] : []),
    ...(optima.length > 0 ? ['thin line: best cell'] : []),
  ];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: { text: title, subtitle: wrapText([...notes, explained.join('; ')]) },
    ...(paper.length === 0
      ? { ...PANEL, height: 500, layer: ours }
      : {
          vconcat: [
            { ...PANEL, height: 120, ...paperPanel(rows, chart) },
            { ...PANEL, height: 420, layer: ours },
          ],
          spacing: 12,
        }),
    config: CHART_CONFIG,
  };
}

function spacesOf(rows: readonly SpaceCurveRow[]): string[] {
  return [...new Set(rows.map(({ space }) => space))];
}

function encodings(rows: readonly SpaceCurveRow[], { top, yTitle, paper = [] }: SpaceCurveChart) {
  const { x, y } = curveAxes([...rows, ...paper], `trained cells, N + K with K = ${top}`, yTitle);
  const color = {
    field: 'space',
    type: 'nominal',
    sort: null,
    scale: { domain: spacesOf(rows), range: [...SPACE_COLOURS] },
    legend: { title: null, symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1 },
  } as const;
  return { x, y, color };
}

const TOOLTIP = [
  { field: 'space', type: 'nominal', title: 'space' },
  { field: 'method', type: 'nominal', title: 'method' },
  { field: 'x', type: 'quantitative', title: 'trained cells' },
  { field: 'mean', type: 'quantitative', title: 'mean', format: '.3f' },
  { field: 'low', type: 'quantitative', title: '95 % from', format: '.3f' },
  { field: 'high', type: 'quantitative', title: 'to', format: '.3f' },
  { field: 'std', type: 'quantitative', title: 'std, points', format: '.3f' },
  { field: 'n', type: 'quantitative', title: 'repeats' },
] as const;

/** The first method's band and points, and the lines of all. */
function curveLayers(rows: readonly SpaceCurveRow[], chart: SpaceCurveChart): Layer[] {
  const { x, y, color } = encodings(rows, chart);
  const methods = [...new Set(rows.map(({ method }) => method))];
  const styles = methodStyles(methods);
  const label = (method: string): string => styles.get(method)!.label;
  const drawn = rows.map((row) => withBand(row, label(row.method)));
  const first = drawn.filter(({ method }) => method === label(methods[0]!));
  const strokeDash = {
    field: 'method',
    type: 'nominal',
    sort: null,
    scale: { domain: methods.map(label), range: DASHES.slice(0, methods.length) },
    legend: { title: null, symbolType: 'stroke', symbolStrokeWidth: 2 },
  } as const;
  return [
    {
      data: { values: first },
      mark: { type: 'area', opacity: 0.2 },
      encoding: { x, y: { ...y, field: 'bandLow' }, y2: { field: 'bandHigh' }, color },
    },
    {
      data: { values: drawn },
      mark: { type: 'line', strokeWidth: 2.5 },
      encoding: { x, y, color, strokeDash, tooltip: [...TOOLTIP] },
    },
    {
      data: { values: first.filter(({ low }) => low !== undefined) },
      mark: { type: 'rule', strokeWidth: 1.5 },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
    },
    {
      data: { values: first },
      mark: { type: 'circle', size: 40, opacity: 1 },
      encoding: { x, y, color, tooltip: [...TOOLTIP] },
    },
  ];
}

function optimumLayer({ space, best }: { space: string; best: number }, spaces: readonly string[]): Layer {
  const stroke = SPACE_COLOURS[spaces.indexOf(space)]!;
  return {
    data: ONE_ROW,
    mark: { type: 'rule', color: stroke, strokeWidth: 0.8 },
    encoding: { y: { datum: best, type: 'quantitative' } },
  };
}

function paperPanel(rows: readonly SpaceCurveRow[], chart: SpaceCurveChart): Layer {
  const { x, y, color } = encodings(rows, chart);
  return {
    data: { values: [...chart.paper!] },
    mark: { type: 'point', shape: 'cross', size: 55, strokeWidth: 1.8, opacity: 1 },
    encoding: {
      x: { ...x, title: null, axis: { grid: true, labels: false } },
      y: { ...y, title: 'the paper (%)' },
      color,
    },
  };
}
