import { EDGES, type Cell } from './cell';

/**
 * A name for the network that a cell makes: equal for two cells exactly when they compute the same function of input and
 * weights, up to the weights' names, so that only the seeds of their trainings tell them apart. There are 5,260 in
 * NAS-Bench-201. (Averaging is not taken apart: the pool of a sum and the sum of pools have different names. And a
 * convolution of zeros, of which batch norm makes a constant, is taken for zeros, as in the benchmark's own rule.)
 *
 * A node is the list of the terms that are summed in it. `skip_connect` passes terms on; `none`, and an operation on an
 * empty list, give no term. What the list cannot say is whether two equal terms share their weights. That concerns one
 * edge only, for node 1 alone can be read twice, on the ways 1→3 and 1→2→3: a convolution on the edge 0→1 is marked where
 * both ways are open.
 */
export function networkForm(cell: Cell): string {
  const [e01, , e12, , e13, e23] = cell;
  const readTwice = e12 !== 'none' && e13 !== 'none' && e23 !== 'none';
  const shared = readTwice && (e01 === 'nor_conv_1x1' || e01 === 'nor_conv_3x3');

  const nodes: string[][] = [['0'], [], [], []];
  EDGES.forEach(([source, target], edge) => {
    const from = nodes[source]!;
    const operation = cell[edge]!;
    if (operation === 'none' || from.length === 0) return;
    if (operation === 'skip_connect') nodes[target]!.push(...from);
    else nodes[target]!.push(`(${sum(from)})@${operation}${shared && edge === 0 ? '!' : ''}`);
  });
  return sum(nodes[3]!);
}

/** A sum does not depend on the order of its terms. */
function sum(terms: readonly string[]): string {
  return terms.length === 1 ? terms[0]! : [...terms].sort().join('+');
}
