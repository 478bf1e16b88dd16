import { EDGES, type Cell } from './cell';

/** What a node holds that receives nothing but zeros along this edge. */
const ZERO = '#';

/**
 * The name of a cell's class in the benchmark's own count of unique cells, of which NAS-Bench-201 publishes 6,466 (the
 * rule of `to_unique_str(consider_zero=True)` in its code): each node is written out as the sum of what arrives, in sorted
 * order; `skip_connect` is its source; `none`, and whatever is made of a zero, is zero.
 *
 * It is near to, but not the same as "equal network", which `networkForm` decides. It keeps zeros as terms of a sum and
 * keeps sums nested, so that some equal networks get two names; and it does not tell a convolution that is used twice from
 * two convolutions, so that 430 of its classes (1,786 cells) hold more than one network. The trained accuracies show it:
 * on CIFAR-100 their standard deviation inside these classes is 0.62 points, inside all others 0.36.
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
