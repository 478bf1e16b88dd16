import { EDGES, type Cell } from './cell';

/** What a node holds that receives nothing but zeros along this edge. */
const ZERO = '#';

/**
 * A name for the network that a cell makes: cells with equal canonical forms compute the same function of input and
 * weights, so only the seeds of their trainings tell them apart. It gives the 6,466 unique cells that NAS-Bench-201
 * publishes, by the benchmark's own rule (`to_unique_str(consider_zero=True)` of its code): each node is written out as
 * the sum of what arrives, in sorted order; `skip_connect` is its source; `none`, and whatever is made of a zero, is zero.
 *
 * The rule keeps zeros as terms of a sum and keeps sums nested, so it is careful rather than complete: equal forms are
 * equal networks, but some equal networks have different forms (dropping zero terms would leave 5,390 classes, and
 * flattening sums as well 4,930). The benchmark's count is kept because published results refer to it.
 */
export function canonicalForm(cell: Cell): string {
  const arriving: string[][] = [[], [], [], []];
  const nodes = ['0'];
  EDGES.forEach(([source, target], edge) => {
    const from = nodes[source]!;
    const operation = cell[edge]!;
    arriving[target]!.push(
      operation === 'none' || from === ZERO ? ZERO : operation === 'skip_connect' ? from : `(${from})@${operation}`,
    );
    // A node is complete with its last edge, the one from the node before it.
    if (source === target - 1) nodes[target] = arriving[target]!.sort().join('+');
  });
  return nodes[3]!;
}
