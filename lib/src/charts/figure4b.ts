import type { TopLevelSpec } from 'vega-lite';
import type { Layer } from './labelled-rule';
import { CHART_CONFIG, CHART_WIDTH, COLOURS } from './theme';
import { thinScatter } from './thin-scatter';
import { wrapText } from './wrap-text';

/** One cell of one of the spaces, with its own cost and its network's accuracy. */
export interface SpaceCostRow {
  /** Title of its space, as the legend shows it. */
  space: string;
  /** The cell's id in its benchmark, and its architecture string. */
  id: number;
  cell: string;
  /** Millions of multiply-accumulates. */
  mflops: number;
  /** Percent. */
  accuracy: number;
}

/** What a reader must know of the picture. */
export interface SpaceCostNotes {
  /** Such as 'CIFAR-10'. */
  dataSet: string;
  /** Lines below the title: recipe, how much is measured. */
  notes: readonly string[];
  /** Ranges of cost that a claim is about, MFLOPs; shaded. */
  ranges: readonly (readonly [number, number])[];
}

const HEIGHT = 440;
const LARGEST_COST = 40; // MFLOPs, the end of the paper's axis (protocol §8)

/** The colours of the paper's figure: Tiny-NASBench-201 blue, Tiny-NanoBench red. */
const SPACE_COLOURS = [COLOURS.red, COLOURS.blue];

/**
 * Fig. 4b: accuracy against cost of two spaces, a dot a cell; those within two pixels of each other share a dot.
 *
 * @param rows of the first space first: it is drawn in red and the second in blue
 */
export function figure4b(rows: readonly SpaceCostRow[], { dataSet, notes, ranges }: SpaceCostNotes): TopLevelSpec {
  const spaces = [...new Set(rows.map(({ space }) => space))];
  const accuracies = rows.map(({ accuracy }) => accuracy);
  const span = Math.max(...accuracies) - Math.min(...accuracies) || 1;
  const dots = thinScatter(rows, ({ mflops, accuracy, space }) => ({ x: mflops, y: accuracy, group: space }), {
    x: (2 * LARGEST_COST) / CHART_WIDTH,
    y: (2 * span) / HEIGHT,
  });
  const shades: Layer = {
    data: { values: ranges.map(([from, to]) => ({ from, to })) },
    mark: { type: 'rect', color: '#f0efe6' },
    encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'to' } },
  };
  const cloud: Layer = {
    data: { values: dots },
    mark: { type: 'circle', size: 18, opacity: 0.7, aria: false },
    encoding: {
      x: {
        field: 'mflops',
        type: 'quantitative',
        title: 'cost (MFLOPs = 10⁶ multiply-accumulates)',
        scale: { domain: [0, LARGEST_COST] },
      },
      y: {
        field: 'accuracy',
        type: 'quantitative',
        title: `test accuracy, ${dataSet} (%)`,
        scale: { zero: false, nice: true },
      },
      color: {
        field: 'space',
        type: 'nominal',
        sort: null,
        scale: { domain: spaces, range: SPACE_COLOURS },
        legend: { title: null, symbolOpacity: 1 },
      },
      tooltip: [
        { field: 'space', type: 'nominal', title: 'space' },
        { field: 'id', type: 'quantitative', title: 'cell' },
        { field: 'cell', type: 'nominal', title: 'architecture' },
        { field: 'mflops', type: 'quantitative', title: 'MFLOPs', format: '.3f' },
        { field: 'accuracy', type: 'quantitative', title: 'accuracy, %', format: '.2f' },
        { field: 'cells', type: 'quantitative', title: 'cells at this dot' },
      ],
    },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: CHART_WIDTH,
    height: HEIGHT,
    autosize: { type: 'fit', contains: 'padding' },
    title: { text: `Fig. 4b: cost and accuracy in two small spaces (${dataSet})`, subtitle: wrapText(notes) },
    layer: [shades, cloud],
    config: CHART_CONFIG,
  };
}
