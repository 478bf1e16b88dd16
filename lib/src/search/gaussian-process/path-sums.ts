/**
 * What a cell does to a signal if each kind of operation multiplies it by a gain of its own: the sum over all ways from
 * input to output of the product of the gains on the way. Its logarithm, for many random gains, says of a cell what its
 * ways are, weighted as signals are, and nothing of what lies on none.
 */
import type { GraphEncoding } from '../../benchmarks/search-space';
import { Random } from '../../tensors/random';

/** How many gain vectors, and how far they spread: ln of a gain is normal with this standard deviation. */
export interface PathSumSettings {
  /** An even number. */
  gains: number;
  spread: number;
}

/** Neither number matters much. */
export const PATH_SUM_SETTINGS: PathSumSettings = { gains: 1000, spread: 2 };

/** Which gains are drawn is part of the kernel, not of a run: all runs share them. */
const GAINS_SEED = 0;

/**
 * The gain of each feature column in each gain vector, `[gains, features]`: a random gain of its own for an operation,
 * `skip` among them, 1 for nodes that pass data on and 0 for those that stop it.
 */
export function drawGains(graphs: GraphEncoding, { gains, spread }: PathSumSettings): Float64Array {
  const random = new Random(GAINS_SEED, 'path gains');
  const drawn = new Float64Array(gains * graphs.features);
  for (let i = 0; i < drawn.length; i++) {
    const role = graphs.roles?.[i % graphs.features] ?? 'operation';
    const gain = Math.exp(spread * random.normal()); // drawn for every column, so that roles move no other gain
    drawn[i] = role === 'pass' ? 1 : role === 'stop' ? 0 : gain;
  }
  return drawn;
}

/**
 * Path sums of cells: Σ over ways from node 0 to the output, the last node that receives anything, of the product of the
 * gains of the nodes on the way. Several inputs of a node add up, be they summed or concatenated; nodes without edges are
 * padding. 0 for a cell without a way.
 *
 * @param cells positions in the encoding
 * @param gains `[G, features]`
 * @returns `[cells.length, G]`
 */
export function pathSums(graphs: GraphEncoding, cells: ArrayLike<number>, gains: Float64Array): Float64Array {
  const { nodes, features, hot } = graphs;
  const vectors = gains.length / features;
  const sums = new Float64Array(cells.length * vectors);
  const flow = new Float64Array(nodes * vectors); // [nodes, G]
  for (let c = 0; c < cells.length; c++) {
    const cell = cells[c]!;
    let output = 0;
    flow.fill(0);
    for (let node = 0; node < nodes; node++) {
      const at = node * vectors;
      if (node === 0) flow.fill(1, 0, vectors);
      for (let from = 0; from < node; from++) {
        if (!hasEdge(graphs, cell, from, node)) continue;
        output = node;
        for (let g = 0; g < vectors; g++) flow[at + g]! += flow[from * vectors + g]!;
      }
      const column = hot[cell * nodes + node]!;
      for (let g = 0; g < vectors; g++) flow[at + g]! *= gains[g * features + column]!;
    }
    sums.set(flow.subarray(output * vectors, (output + 1) * vectors), c * vectors);
  }
  return sums;
}

/** Whether data flows from a node to a later one, in one cell of the encoding. */
export function hasEdge({ nodes, adjacency }: GraphEncoding, cell: number, from: number, to: number): boolean {
  const shared = adjacency.length === nodes * nodes;
  return adjacency[(shared ? 0 : cell * nodes * nodes) + from * nodes + to] === 1;
}
