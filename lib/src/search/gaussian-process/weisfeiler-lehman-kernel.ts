import type { GraphEncoding } from '../../benchmarks/search-space';
import { type Kernel, LEVEL_VARIANCE } from './kernel';
import { hasEdge } from './path-sums';

/** Rounds in which a node's label takes in those of its predecessors, as in NAS-BOWL (Ru et al. 2021, h ≤ 2). */
const ROUNDS = 2;

/** How often each label occurs in a cell, by label. */
type Histogram = Map<string, number>;

/**
 * The Weisfeiler-Lehman subtree kernel over directed graphs (Shervashidze et al. 2011): the scalar product of the counts
 * of node labels, where in each round a node's label becomes that of the tree of what flows into it. Operations on a way
 * from input to output that nothing stops count, nodes that pass data on do not; counts are centred over the cells
 * compared and scaled to a mean variance of 1; + 1 for the level.
 *
 * @param cells the cells compared, by position
 */
export function weisfeilerLehmanKernel(graphs: GraphEncoding, cells: ArrayLike<number>): Kernel {
  const count = cells.length;
  const histograms = Array.from(cells, (cell) => operationTrees(graphs, cell));
  const holders = new Map<string, { cell: number; times: number }[]>();
  histograms.forEach((histogram, cell) => {
    for (const [label, times] of histogram) {
      const list = holders.get(label);
      if (list) list.push({ cell, times });
      else holders.set(label, [{ cell, times }]);
    }
  });
  const average: Histogram = new Map();
  for (const [label, list] of holders) average.set(label, list.reduce((sum, { times }) => sum + times, 0) / count);
  const withAverage = histograms.map((histogram) => product(histogram, average));
  const averageSquared = product(average, average);

  const variance = (cell: number): number =>
    product(histograms[cell]!, histograms[cell]!) - 2 * withAverage[cell]! + averageSquared;
  const diagonal = Float64Array.from({ length: count }, (_, cell) => variance(cell));
  const scale = 1 / (diagonal.reduce((sum, each) => sum + each, 0) / count || 1);
  return {
    count,
    diagonal: diagonal.map((each) => each * scale + LEVEL_VARIANCE),
    row(cell) {
      const row = Float64Array.from(withAverage, (product) => averageSquared - product - withAverage[cell]!);
      for (const [label, times] of histograms[cell]!) {
        for (const other of holders.get(label)!) row[other.cell]! += times * other.times;
      }
      return row.map((each) => each * scale + LEVEL_VARIANCE);
    },
  };
}

function product(first: Histogram, second: Histogram): number {
  let sum = 0;
  for (const [label, times] of first) sum += times * (second.get(label) ?? 0);
  return sum;
}

/** The labels of a cell's live operations before and after each round, counted. */
function operationTrees(graphs: GraphEncoding, cell: number): Histogram {
  const { nodes, hot, roles } = graphs;
  const live = liveNodes(graphs, cell);
  const column = (node: number): number => hot[cell * nodes + node]!;
  const counted = live.map((node) => roles?.[column(node)] !== 'pass');
  const counts: Histogram = new Map();
  let labels = live.map((node) => String(column(node)));
  for (let round = 0; round <= ROUNDS; round++) {
    labels.forEach((label, i) => {
      if (counted[i]) counts.set(label, (counts.get(label) ?? 0) + 1);
    });
    const before = labels;
    labels = live.map((node, i) => {
      const inflow = before.filter((_, from) => live[from]! < node && hasEdge(graphs, cell, live[from]!, node));
      return `${before[i]!}(${inflow.sort().join()})`;
    });
  }
  return counts;
}

/** Nodes on a way from node 0 to the output that meets no stop, ascending. */
function liveNodes(graphs: GraphEncoding, cell: number): number[] {
  const { nodes, hot, roles } = graphs;
  const open = (node: number): boolean => roles?.[hot[cell * nodes + node]!] !== 'stop';
  let output = 0;
  const reached = new Set<number>([0]);
  for (let node = 1; node < nodes; node++) {
    for (let from = 0; from < node; from++) {
      if (!hasEdge(graphs, cell, from, node)) continue;
      output = node;
      if (reached.has(from) && open(node)) reached.add(node);
    }
  }
  const leads = new Set<number>(reached.has(output) ? [output] : []);
  for (let node = output - 1; node >= 0; node--) {
    if (!reached.has(node)) continue;
    if ([...leads].some((to) => to > node && hasEdge(graphs, cell, node, to))) leads.add(node);
  }
  return [...leads].sort((a, b) => a - b);
}
