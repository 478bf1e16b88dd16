import type { TopLevelSpec } from 'vega-lite';
import { CHART_CONFIG, CHART_WIDTH, COLOURS } from './theme';
import { thinScatter } from './thin-scatter';
import { wrapText } from './wrap-text';

/** One cell with a number known before its training, and its accuracy. */
export interface PriorRow {
  /** index in the space */
  id: number;
  /** architecture string */
  cell: string;
  /** percent */
  accuracy: number;
  /** a number that is meant to rise with accuracy: 1 − mean(code) / max, ln synflow, … */
  prior: number;
}

/** A coloured part of the cloud; a point in none of them is grey, and the first that holds it wins. */
export interface PriorRegion {
  name: string;
  colour: string;
  /** percent, from … to */
  accuracy: readonly [number, number];
  /** in the unit of `prior`, from … to */
  prior: readonly [number, number];
}

/** The coloured regions of Fig. 8a (protocol §8), for 1 − mean(code) / max on CIFAR-100. */
export const FIGURE_8A_REGIONS: readonly PriorRegion[] = [
  { name: 'accuracy 25–80 %, value 0–0.11', colour: COLOURS.red, accuracy: [25, 80], prior: [0, 0.11] },
  { name: 'accuracy 45–80 %, value 0.11–0.18', colour: COLOURS.blue, accuracy: [45, 80], prior: [0.11, 0.18] },
];

/** What is drawn against accuracy. */
export interface PriorChart {
  title: string;
  /** axis title with unit, such as '1 − mean(code) / max' */
  priorTitle: string;
  dataSet: string;
  /** lines below the title: source of the numbers, labels, correlation with its interval and the control's */
  notes: readonly string[];
  /** default: none, a cloud in one colour */
  regions?: readonly PriorRegion[];
  /** A part of the cloud that fills the picture; cells outside of it are left out, and a note says how many. */
  view?: Omit<PriorRegion, 'name' | 'colour'>;
}

const HEIGHT = 440;

/**
 * Fig. 8 (and Fig. 1): prior knowledge against accuracy, one dot a cell; cells within three pixels of each other share a
 * dot, which its tooltip says.
 */
export function figure8(all: readonly PriorRow[], chart: PriorChart): TopLevelSpec {
  const { view } = chart;
  const regions = chart.regions ?? [];
  const others = { name: regions.length > 0 ? 'the other cells' : 'cells', colour: COLOURS.grey };
  const inside = (value: number, [from, to]: readonly [number, number]): boolean => value >= from && value <= to;
  const inView = ({ accuracy, prior }: PriorRow): boolean =>
    view === undefined || (inside(accuracy, view.accuracy) && inside(prior, view.prior));
  const rows = all.filter(inView);
  const cut = view === undefined ? [] : [`${rows.length} of ${all.length} cells lie in this view`];
  const regionOf = (row: PriorRow): string =>
    regions.find((region) => inside(row.accuracy, region.accuracy) && inside(row.prior, region.prior))?.name ??
    others.name;
  const span = (values: readonly number[]): number =>
    values.reduce((high, value) => Math.max(high, value), -Infinity) -
    values.reduce((low, value) => Math.min(low, value), Infinity);
  const dots = thinScatter(rows, (row) => ({ x: row.accuracy, y: row.prior, group: regionOf(row) }), {
    x: (3 * span(rows.map((row) => row.accuracy))) / CHART_WIDTH || 1,
    y: (3 * span(rows.map((row) => row.prior))) / HEIGHT || 1,
  }).map((dot) => ({ ...dot, region: regionOf(dot) }));
  const legend = dots.some(({ region }) => region === others.name) ? [...regions, others] : regions;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: CHART_WIDTH,
    height: HEIGHT,
    autosize: { type: 'fit', contains: 'padding' },
    title: { text: chart.title, subtitle: wrapText([...chart.notes, ...cut]) },
    data: { values: dots },
    // A spoken label for each of thousands of dots would be half of the file; the tooltip says the same.
    mark: { type: 'circle', size: 14, opacity: 0.7, aria: false },
    encoding: {
      x: {
        field: 'accuracy',
        type: 'quantitative',
        title: `test accuracy, ${chart.dataSet} (%)`,
        // More ticks of a narrow view, with a decimal each, would touch.
        ...(view && { axis: { tickCount: 12 } }),
        scale: view ? { domain: [...view.accuracy] } : { zero: false },
      },
      y: {
        field: 'prior',
        type: 'quantitative',
        title: chart.priorTitle,
        scale: view ? { domain: [...view.prior] } : { zero: false },
      },
      color: {
        field: 'region',
        type: 'nominal',
        sort: null,
        scale: {
          domain: legend.map(({ name }) => name),
          range: legend.map(({ colour }) => colour),
        },
        legend: regions.length > 0 ? { title: null, symbolOpacity: 1 } : null,
      },
      tooltip: [
        { field: 'id', type: 'quantitative', title: 'cell' },
        { field: 'cell', type: 'nominal', title: 'architecture' },
        { field: 'accuracy', type: 'quantitative', title: 'accuracy, %', format: '.2f' },
        { field: 'prior', type: 'quantitative', title: chart.priorTitle, format: '.4f' },
        { field: 'cells', type: 'quantitative', title: 'cells at this dot' },
      ],
    },
    config: CHART_CONFIG,
  };
}
