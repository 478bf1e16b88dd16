import type { GraphEncoding } from '../../benchmarks/search-space';
import { type Kernel, LEVEL_VARIANCE } from './kernel';

/** Share of the covariance that each difference leaves. */
const LEFT_BY_A_DIFFERENCE = 0.4;

/**
 * k(x, x') = 0.4^d + 1, where d counts the nodes whose label differs and the edges that only one of the graphs has: in
 * NAS-Bench-201 the edges that carry different operations. It knows cells by their operations alone, like one-hot
 * encodings do.
 *
 * @param cells the cells compared, by position
 */
export function hammingKernel(graphs: GraphEncoding, cells: ArrayLike<number>): Kernel {
  const { nodes, hot, adjacency } = graphs;
  const shared = adjacency.length === nodes * nodes;
  const count = cells.length;
  const differences = (a: number, b: number): number => {
    let sum = 0;
    for (let node = 0; node < nodes; node++) sum += hot[a * nodes + node] === hot[b * nodes + node] ? 0 : 1;
    if (shared) return sum;
    const size = nodes * nodes;
    for (let entry = 0; entry < size; entry++) {
      sum += adjacency[a * size + entry] === adjacency[b * size + entry] ? 0 : 1;
    }
    return sum;
  };
  const powers = Float64Array.from({ length: nodes + nodes * nodes + 1 }, (_, d) => LEFT_BY_A_DIFFERENCE ** d);
  return {
    count,
    diagonal: new Float64Array(count).fill(1 + LEVEL_VARIANCE),
    row: (cell) =>
      Float64Array.from(
        { length: count },
        (_, other) => powers[differences(cells[cell]!, cells[other]!)]! + LEVEL_VARIANCE,
      ),
  };
}
