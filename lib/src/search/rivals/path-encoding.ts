import { ABSENT, type OperationGraphs } from './operation-graphs';

/** A row of numbers for each cell. */
export interface Encoding {
  /** Numbers of a row. */
  width: number;
  /** `[count, width]` */
  rows: Float32Array;
}

/**
 * The truncated path encoding of BANANAS (White et al. 2021): which of all ways of at most so many operations from input to
 * output a cell has, a way being the list of its operations; operations that stop data count like others.
 *
 * @param longest operations of a way; 2 gives naszilla's 30 numbers for NAS-Bench-201
 */
export function pathEncoding(graphs: OperationGraphs, longest: number): Encoding {
  const { count, nodes, hot, edges } = graphs;
  const cells = Array.from({ length: count }, (_, cell) => {
    const labels = hot.subarray(cell * nodes, (cell + 1) * nodes);
    const leads = (from: number, to: number): boolean => edges[(cell * nodes + from) * nodes + to] === 1;
    return waysOf(labels, leads, longest);
  });
  const columns = new Map([...new Set(cells.flat())].sort().map((way, column) => [way, column]));
  const rows = new Float32Array(count * columns.size);
  cells.forEach((ways, cell) => ways.forEach((way) => (rows[cell * columns.size + columns.get(way)!] = 1)));
  return { width: columns.size, rows };
}

/** All ways from node 0 to the output, written as their operations. */
function waysOf(labels: Int16Array, leads: (from: number, to: number) => boolean, longest: number): string[] {
  const nodes = labels.length;
  let output = nodes - 1;
  while (output > 0 && labels[output] === ABSENT) output--;
  const ways: string[] = [];
  const go = (node: number, operations: readonly number[]): void => {
    for (let to = node + 1; to <= output; to++) {
      if (!leads(node, to)) continue;
      if (to === output) ways.push(operations.join());
      else if (operations.length < longest) go(to, [...operations, labels[to]!]);
    }
  };
  go(0, []);
  return ways;
}
