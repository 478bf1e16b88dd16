import type { TopLevelSpec } from 'vega-lite';
import { labelledRule, ONE_ROW, type Layer } from './labelled-rule';
import { BAND_IN_STD, CHART_CONFIG, CHART_WIDTH, COLOURS, methodStyles } from './theme';
import { wrapText } from './wrap-text';

/** One point of a measured curve. */
export interface CurveRow {
  /** 'predictor', 'siams', 'siams+nsam', 'siams+nsam+bts', 'random', or a name of one's own */
  method: string;
  /** trained cells, N + K */
  x: number;
  /** mean over the repeats of the best accuracy found, percent */
  mean: number;
  /** population standard deviation over the repeats, percent points */
  std: number;
  /** 95 % interval of that mean over the repeats, drawn as a whisker */
  interval?: { low: number; high: number };
  /** repeats; 0 for an exact expectation, which has no repeats */
  n: number;
}

/** One point of a published curve: method, trained cells, and accuracy in percent. */
export type PublishedRow = Pick<CurveRow, 'method' | 'x' | 'mean'>;

/** What a reader must know of the measured curves, in words; it becomes the chart's subtitle. */
export interface CurveNotes {
  /** 'CIFAR-100' */
  dataSet: string;
  /** label policy (protocol §0.1): 'mean of trials' or 'one trial' */
  labels: string;
  /** where the estimation codes come from */
  codes: string;
  /** preset, 'official' or 'paper' */
  preset: string;
  /** best accuracy of the label column, percent: drawn as a line that no method can pass */
  optimum?: number;
}

/** What makes one curve figure differ from another. */
export interface CurveChart {
  title: string;
  xTitle: string;
  rows: readonly CurveRow[];
  notes: CurveNotes;
  /** the paper's own curves, dashed behind ours */
  paper?: readonly PublishedRow[];
  /** points of another paper */
  points?: { name: string; rows: readonly { x: number; mean: number }[] };
  /** dashed vertical line */
  mark?: { x: number; label: string };
}

/**
 * Mean best accuracy (percent) against trained cells: a line with points, the mean's interval, and a band of ± 0.25
 * standard deviations for each method. Serves Figs. 5 and 6.
 */
export function curveChart(chart: CurveChart): TopLevelSpec {
  const { title, rows, notes, paper = [], points, mark } = chart;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: CHART_WIDTH,
    height: 460,
    autosize: { type: 'fit', contains: 'padding' },
    title: { text: title, subtitle: subtitle(rows, notes, paper.length > 0) },
    layer: [
      ...(notes.optimum === undefined ? [] : optimumLayers(notes.optimum)),
      ...(mark ? labelledRule(mark.x, mark.label) : []),
      ...curveLayers(chart),
      ...(points ? [pointLayer(points, axes(chart))] : []),
    ],
    config: CHART_CONFIG,
  };
}

const TOOLTIP = [
  { field: 'method', type: 'nominal', title: 'method' },
  { field: 'x', type: 'quantitative', title: 'trained cells' },
  { field: 'mean', type: 'quantitative', title: 'mean, %', format: '.3f' },
  { field: 'low', type: 'quantitative', title: '95 % from, %', format: '.3f' },
  { field: 'high', type: 'quantitative', title: 'to, %', format: '.3f' },
  { field: 'std', type: 'quantitative', title: 'std, points', format: '.3f' },
  { field: 'n', type: 'quantitative', title: 'repeats' },
] as const;

function axes({ xTitle, rows, notes, paper = [], points }: CurveChart) {
  const reach = [...rows, ...paper, ...(points?.rows ?? [])];
  return curveAxes(reach, xTitle, `mean best test accuracy, ${notes.dataSet} (%)`);
}

/** The axes of curves of mean accuracies over trained cells, as far as the points reach. */
export function curveAxes(reach: readonly { x: number }[], xTitle: string, yTitle: string) {
  const trained = reach.map((row) => row.x);
  const domain = [Math.min(...trained), Math.max(...trained)];
  const x = {
    field: 'x',
    type: 'quantitative',
    title: xTitle,
    scale: { domain, nice: false, zero: false, padding: 14 },
    axis: { grid: true },
  } as const;
  const y = {
    field: 'mean',
    type: 'quantitative',
    title: yTitle,
    scale: { zero: false, nice: true },
    axis: { grid: true, minExtent: 36 }, // wide enough for '70.5', so that the title stays flush left
  } as const;
  return { x, y };
}

/** The line that no method can pass. */
function optimumLayers(optimum: number): Layer[] {
  const at = { datum: optimum, type: 'quantitative' } as const;
  const text = `best cell: ${optimum.toFixed(2)} %`;
  return [
    { data: ONE_ROW, mark: { type: 'rule', color: '#999', strokeDash: [2, 3] }, encoding: { y: at } },
    {
      data: ONE_ROW,
      mark: { type: 'text', align: 'left', baseline: 'bottom', dy: -3, fontSize: 11, color: '#666', text },
      encoding: { x: { value: 4 }, y: at },
    },
  ];
}

/** Bands, the paper's curves behind ours, and ours. */
function curveLayers(chart: CurveChart): Layer[] {
  const { rows, paper = [] } = chart;
  const { x, y } = axes(chart);
  const styles = methodStyles([...rows, ...paper].map((row) => row.method));
  const label = (method: string): string => styles.get(method)!.label;
  const ours = rows.map((row) => withBand(row, label(row.method)));
  const drawn = [...styles.values()];
  const color = {
    field: 'method',
    type: 'nominal',
    sort: null,
    scale: { domain: drawn.map((style) => style.label), range: drawn.map((style) => style.colour) },
    legend: { title: null, symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1 },
  } as const;
  const dashes = [
    [1, 0],
    [6, 4],
  ];
  const dash = (source: string) =>
    ({
      datum: source,
      type: 'nominal',
      scale: { domain: ['ours', 'the paper'], range: dashes },
      legend: paper.length > 0 ? { title: null, symbolType: 'stroke', symbolStrokeWidth: 2 } : null,
    }) as const;
  const band: Layer = {
    data: { values: ours.filter((row) => row.n > 0) },
    mark: { type: 'area', opacity: 0.2 },
    encoding: { x, y: { ...y, field: 'bandLow' }, y2: { field: 'bandHigh' }, color },
  };
  const published: Layer = {
    data: { values: paper.map((row) => ({ ...row, method: label(row.method) })) },
    mark: { type: 'line', strokeWidth: 1.5 },
    encoding: { x, y, color, strokeDash: dash('the paper'), tooltip: TOOLTIP.slice(0, 3) },
  };
  const line: Layer = {
    data: { values: ours },
    mark: { type: 'line', strokeWidth: 2.5 },
    encoding: { x, y, color, strokeDash: dash('ours') },
  };
  const whiskers: Layer = {
    data: { values: ours.filter((row) => row.interval) },
    mark: { type: 'rule', strokeWidth: 1.5, opacity: drawsPoints(ours) ? 1 : 0 },
    encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
  };
  const dots: Layer = {
    data: { values: ours },
    mark: { type: 'circle', size: 45, opacity: drawsPoints(ours) ? 1 : 0 },
    encoding: { x, y, color, tooltip: [...TOOLTIP] },
  };
  return [band, ...(paper.length > 0 ? [published] : []), line, whiskers, dots];
}

/** A point with the name of its method, the ends of its band, and those of its whisker. */
export function withBand<Row extends CurveRow>(row: Row, method: string) {
  return {
    ...row,
    method,
    bandLow: row.mean - BAND_IN_STD * row.std,
    bandHigh: row.mean + BAND_IN_STD * row.std,
    low: row.interval?.low,
    high: row.interval?.high,
  };
}

/** Points of another paper. */
function pointLayer({ name, rows }: NonNullable<CurveChart['points']>, { x, y }: ReturnType<typeof axes>): Layer {
  return {
    data: { values: [...rows] },
    mark: { type: 'point', shape: 'triangle-up', filled: true, size: 110, color: COLOURS.brpNas, opacity: 1 },
    encoding: {
      x,
      y,
      shape: {
        datum: name,
        type: 'nominal',
        scale: { domain: [name], range: ['triangle-up'] },
        legend: { title: null, symbolFillColor: COLOURS.brpNas, symbolStrokeColor: COLOURS.brpNas },
      },
      tooltip: [TOOLTIP[1], TOOLTIP[2]],
    },
  };
}

/** Whether the curves have few enough points to show each; where they have not, the points only carry the tooltips. */
function drawsPoints(rows: readonly { x: number }[]): boolean {
  return new Set(rows.map((row) => row.x)).size <= 25;
}

function subtitle(rows: readonly CurveRow[], notes: CurveNotes, withPaper: boolean): string[] {
  const repeats = rows.map((row) => row.n).filter((n) => n > 0);
  const [fewest, most] = [Math.min(...repeats), Math.max(...repeats)];
  const n = repeats.length === 0 ? '' : ` · n = ${fewest === most ? most : `${fewest} to ${most}`} repeats`;
  const conditions = `labels: ${notes.labels} · codes: ${notes.codes} · preset: ${notes.preset}${n}`;
  const whisker = rows.some((row) => row.interval) ? '; whisker: 95 % interval of the mean over seeds' : '';
  const band = `band: mean ± ${BAND_IN_STD} standard deviations, as the paper draws it${whisker}`;
  return wrapText(
    withPaper ? [conditions, `${band}; dashed: the paper’s curves, read from its picture`] : [conditions, band],
  );
}
