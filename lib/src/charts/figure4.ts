import { median } from 'simple-statistics';
import type { TopLevelSpec } from 'vega-lite';
import { labelledRule, type Layer } from './labelled-rule';
import { groupBy } from '../statistics/group-by';
import { CHART_CONFIG, CHART_WIDTH, COLOURS } from './theme';
import { thinScatter } from './thin-scatter';
import { wrapText } from './wrap-text';

/** One cell with its cost and its accuracy. */
export interface FlopsRow {
  /** index in the benchmark */
  id: number;
  /** architecture string */
  cell: string;
  /** multiply-accumulates, millions */
  mflops: number;
  /** percent */
  accuracy: number;
}

const HEIGHT = 440;

/**
 * Fig. 4a: accuracy against cost, what lies below the limit (Tiny-NASBench-201: 35, protocol §1.4) in blue, the rest grey,
 * and the median of each cost group as a tick. Cells of a group that would be drawn over each other (nearer than 0.2
 * percent points) share a dot.
 *
 * @param rows one row a cell
 * @param about data set and label policy, for title and subtitle, and the limit, MFLOPs
 */
export function figure4(
  rows: readonly FlopsRow[],
  about: { dataSet: string; labels: string; limit: number },
): TopLevelSpec {
  const groups = groupBy(rows, (row) => row.mflops.toFixed(3));
  const isTiny = ({ mflops }: FlopsRow): boolean => mflops < about.limit;
  const tiny = rows.filter(isTiny).length;
  const subtitle =
    `labels: ${about.labels} · ${groups.size} cost groups · ${count(tiny)} cells below ${about.limit} MFLOPs · ` +
    'tick: median of a group';
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: CHART_WIDTH,
    height: HEIGHT,
    autosize: { type: 'fit', contains: 'padding' },
    title: {
      text: `Fig. 4a: cost and accuracy of ${count(rows.length)} cells (${about.dataSet})`,
      subtitle: wrapText([subtitle]),
    },
    layer: [
      dotLayer(rows, isTiny, about.dataSet),
      tickLayer([...groups.values()], about.dataSet),
      ...labelledRule(about.limit, `${about.limit} MFLOPs`),
    ],
    config: CHART_CONFIG,
  };
}

function axes(dataSet: string) {
  const x = {
    field: 'mflops',
    type: 'quantitative',
    title: 'cost (MFLOPs = 10⁶ multiply-accumulates)',
    scale: { domainMin: 0, nice: true },
    axis: { grid: true, tickCount: 12 },
  } as const;
  const y = {
    field: 'accuracy',
    type: 'quantitative',
    title: `test accuracy, ${dataSet} (%)`,
    scale: { zero: true, nice: true },
  } as const;
  return { x, y };
}

function dotLayer(rows: readonly FlopsRow[], isTiny: (row: FlopsRow) => boolean, dataSet: string): Layer {
  const names = { tiny: 'Tiny-NASBench-201', rest: 'the other cells' };
  const nameOf = (row: FlopsRow): string => (isTiny(row) ? names.tiny : names.rest);
  const dots = thinScatter(rows, (row) => ({ x: row.mflops, y: row.accuracy, group: nameOf(row) }), {
    x: 0.01,
    y: 0.2,
  });
  return {
    data: { values: dots.map((dot) => ({ ...dot, part: nameOf(dot) })) },
    mark: { type: 'circle', size: 14, opacity: 0.8 },
    encoding: {
      ...axes(dataSet),
      color: {
        field: 'part',
        type: 'nominal',
        sort: null,
        scale: { domain: [names.tiny, names.rest], range: [COLOURS.blue, COLOURS.grey] },
        legend: { title: null, symbolOpacity: 1 },
      },
      tooltip: [
        { field: 'id', type: 'quantitative', title: 'cell' },
        { field: 'cell', type: 'nominal', title: 'architecture' },
        { field: 'mflops', type: 'quantitative', title: 'MFLOPs', format: '.3f' },
        { field: 'accuracy', type: 'quantitative', title: 'accuracy, %', format: '.2f' },
        { field: 'cells', type: 'quantitative', title: 'cells at this dot' },
      ],
    },
  };
}

function tickLayer(groups: readonly (readonly FlopsRow[])[], dataSet: string): Layer {
  const ticks = groups.map((group) => {
    const best = group.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
    return {
      mflops: group[0]!.mflops,
      median: median(group.map((row) => row.accuracy)),
      cells: group.length,
      best: best.accuracy,
      cell: best.cell,
    };
  });
  const { x, y } = axes(dataSet);
  return {
    data: { values: ticks },
    mark: { type: 'tick', orient: 'horizontal', size: 10, thickness: 2.5, color: 'black' },
    encoding: {
      x,
      y: { ...y, field: 'median' },
      tooltip: [
        { field: 'mflops', type: 'quantitative', title: 'MFLOPs', format: '.3f' },
        { field: 'cells', type: 'quantitative', title: 'cells of the group' },
        { field: 'median', type: 'quantitative', title: 'median, %', format: '.2f' },
        { field: 'best', type: 'quantitative', title: 'best, %', format: '.2f' },
        { field: 'cell', type: 'nominal', title: 'best cell' },
      ],
    },
  };
}

function count(cells: number): string {
  return cells.toLocaleString('en-US');
}
