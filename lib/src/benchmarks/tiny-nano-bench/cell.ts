/**
 * A cell of Tiny-NanoBench (protocol §7.1): a graph of at most seven nodes. Node 0 is the cell's input, the last node its
 * output; every node concatenates what arrives, by ascending number of the sender, and applies its operation. All nodes
 * send to one later node, but `split`, which sends the first half of its channels to the lower of two later nodes and the
 * second half to the higher.
 */

/** What a node does (protocol §7.2). `none`, like `input`, passes on what it gets. */
export type NanoOperation = 'dwconv3x3' | 'conv1x1' | 'atten' | 'expand' | 'split' | 'none' | 'input' | 'output';

/** A cell as a graph. */
export interface NanoCell {
  /** By node; the first is `input`, the last `output`. */
  operations: readonly NanoOperation[];
  /** From a node to a later one, sorted by the first, then by the second. */
  edges: readonly (readonly [number, number])[];
}

/** What a node between input and output can do. */
export const INTERIOR_OPERATIONS = ['dwconv3x3', 'conv1x1', 'atten', 'expand', 'split', 'none'] as const;

/** The input, the output and up to five operations between them. */
export const MAX_NODES = 7;

/** The nodes that a node sends to, ascending. */
export function targetsOf(cell: NanoCell, node: number): number[] {
  return cell.edges.filter(([from]) => from === node).map(([, to]) => to);
}

/** The nodes whose outputs a node concatenates, ascending. */
export function sourcesOf(cell: NanoCell, node: number): number[] {
  return cell.edges.filter(([, to]) => to === node).map(([from]) => from);
}

/**
 * The first rule of the grammar that a graph breaks, as a sentence, or undefined for a cell (protocol §7.1).
 */
export function brokenRule(cell: NanoCell): string | undefined {
  const { operations, edges } = cell;
  const last = operations.length - 1;
  const name = (node: number): string => `node ${node} (${operations[node]})`;
  if (last < 1 || last >= MAX_NODES) return `it has ${last + 1} nodes; a cell has 2 to ${MAX_NODES}`;
  if (operations[0] !== 'input') return `${name(0)} has to be input`;
  if (operations[last] !== 'output') return `${name(last)}, the last one, has to be output`;
  const misplaced = operations.findIndex(
    (operation, node) => (operation === 'input' && node > 0) || (operation === 'output' && node < last),
  );
  if (misplaced >= 0) return `${name(misplaced)} stands between first and last node, where input and output cannot`;
  for (const [i, [from, to]] of edges.entries()) {
    if (!(from in operations) || !(to in operations)) return `the edge ${from}→${to} leads to or from a node it lacks`;
    if (from >= to) return `the edge ${from}→${to} does not lead to a later node`;
    const before = edges[i - 1];
    if (before === undefined || before[0] < from || (before[0] === from && before[1] < to)) continue;
    return before[0] === from && before[1] === to
      ? `the edge ${from}→${to} is there twice; a split sends its halves to two different nodes`
      : `its edges are not in order: ${from}→${to} comes after ${before[0]}→${before[1]}`;
  }
  for (let node = 0; node <= last; node++) {
    if (node > 0 && sourcesOf(cell, node).length === 0) return `${name(node)} has no input`;
    const targets = targetsOf(cell, node).length;
    if (operations[node] === 'split' && targets !== 2) {
      return `${name(node)} sends to ${targets} ${targets === 1 ? 'node' : 'nodes'}; a split sends to two`;
    }
    if (operations[node] !== 'split' && node < last && targets !== 1) {
      return `${name(node)} sends to ${targets} nodes; all but a split send to exactly one`;
    }
  }
  return undefined;
}
