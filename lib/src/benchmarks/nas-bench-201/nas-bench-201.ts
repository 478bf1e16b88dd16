import type { Network } from '../../convnet/network';
import { dataFile } from '../../files/data-file';
import type { Benchmark, CellDrawing, LabelPolicy } from '../benchmark';
import { EDGES, type Cell } from './cell';
import { CELL_NETWORKS, cellNetwork, type CellNetworkOptions } from './cell-network';
import { cellSpace, officialOrder, type CellSpace } from './cell-space';
import { CODE_TABLES } from './code-tables';
import { DATA_SETS } from './data-sets';
import { withNatsArchive } from './nats-benchmark';

/** A benchmark of NAS-Bench-201's cells. */
export interface CellBenchmark extends Benchmark {
  space: () => CellSpace;
}

const policy = (title: string, column: (dataset: string) => string): LabelPolicy => ({
  title,
  label: column,
  score: column,
});

/** The label policies of NAS-Bench-201's table (protocol §0.1): the paper's uses one column to train and to judge. */
export const LABELS: Readonly<Record<string, LabelPolicy>> = {
  mean: policy('mean of trials', (dataset) => `${dataset}_test`),
  'one-trial': policy('one trial', (dataset) => `${dataset}_test_one_trial`),
  /**
   * The protocol of most of the field, as near as the table comes to it: for CIFAR-10 alone, and its column, despite the
   * name, is a test accuracy of one training on half of the training images (`data/README.md`).
   */
  validation: {
    title: 'one training on half of the images',
    label: (dataset) => `${dataset}_valid`,
    score: (dataset) => `${dataset}_test`,
    datasets: ['cifar10'],
  },
};

/** A benchmark of some of NAS-Bench-201's cells, with its tables and networks. */
export function cellBenchmark(name: string, title: string, makeSpace: () => CellSpace, labels = LABELS): CellBenchmark {
  let made: CellSpace | undefined;
  const space = (): CellSpace => (made ??= makeSpace());
  const networkOf = (position: number, options: CellNetworkOptions): Network =>
    cellNetwork(space().operations[position]!, options);
  const benchmark: CellBenchmark = {
    name,
    title,
    space,
    datasets: DATA_SETS,
    labels,
    accuracies: dataFile('nas-bench-201/accuracies.csv'),
    codes: CODE_TABLES,
    defaultCodes: 'proxy-losses', // the only published codes of the whole space (protocol §6.4 c)
    networks: {
      full: (position) => networkOf(position, CELL_NETWORKS.benchmark),
      official: (position) => networkOf(position, CELL_NETWORKS.official),
      reduced: (position) => networkOf(position, CELL_NETWORKS.reduced),
    },
    sizedNetwork(position, { width, cells, imageSize }) {
      const { channels, cellsPerStage } = CELL_NETWORKS.benchmark;
      const size = { channels: width * channels, cellsPerStage: cells ?? cellsPerStage, imageSize };
      return networkOf(position, { ...CELL_NETWORKS.benchmark, ...size });
    },
    draw: (position) => drawCell(space().operations[position]!),
    withArchive: (folder, labelSeed) => withNatsArchive(benchmark, folder, labelSeed),
  };
  return benchmark;
}

/** All 15,625 cells of NAS-Bench-201; a cell's position is its index in the official benchmark file, and its id. */
export const nasBench201 = cellBenchmark('nas-bench-201', 'NAS-Bench-201', () =>
  cellSpace('nas-bench-201', officialOrder()),
);

/** Four nodes without a crossing, node 2 inside the triangle of the others; an operation on each edge. */
export function drawCell(cell: Cell): CellDrawing {
  const nodes = [
    { label: 'in', x: 0, y: 1 },
    { label: '1', x: 0.5, y: 0 },
    { label: '2', x: 0.5, y: 98 / 180 },
    { label: 'out', x: 1, y: 1 },
  ];
  return { nodes, edges: EDGES.map(([from, to], edge) => ({ from, to, operation: cell[edge]! })) };
}
