import { targetsOf, type NanoCell } from './cell';
import { formatNanoCell } from './cell-string';

/**
 * All ways to number the nodes of a cell so that every edge leads to a higher number, as cells; exact, by trying.
 * Isomorphic cells have the same ones.
 */
export function numberingsOf(cell: NanoCell): NanoCell[] {
  const { operations, edges } = cell;
  const count = operations.length;
  const targets = operations.map((_, node) => targetsOf(cell, node));
  const open = operations.map((_, node) => edges.filter(([, to]) => to === node).length); // edges from nodes without a number
  const numbers = new Array<number>(count); // by old number
  const found: NanoCell[] = [];

  const place = (next: number): void => {
    if (next === count) {
      const renamed = operations.slice();
      operations.forEach((operation, node) => (renamed[numbers[node]!] = operation));
      const moved = edges.map(([from, to]): [number, number] => [numbers[from]!, numbers[to]!]);
      found.push({ operations: renamed, edges: moved.sort(([a, b], [c, d]) => a - c || b - d) });
      return;
    }
    for (let node = 0; node < count; node++) {
      if (open[node] !== 0) continue;
      numbers[node] = next;
      open[node] = -1; // has a number
      for (const target of targets[node]!) open[target]!--;
      place(next + 1);
      for (const target of targets[node]!) open[target]!++;
      open[node] = 0;
    }
  };
  place(0);
  return found;
}

/** A cell with the text that stands for all cells isomorphic to it. */
export interface CanonicalCell {
  cell: NanoCell;
  text: string;
}

/**
 * The cell that stands for all those that are isomorphic to it as directed graphs with labelled nodes: of all numberings
 * the one whose text (`formatNanoCell`) comes first, character by character.
 *
 * The class is one of graphs, not of networks: numbers decide the order in which maps are concatenated and which half of
 * a split goes where, so that two numberings can make different networks (see `networkForm`). The network of a cell of
 * the space is that of its canonical numbering.
 */
export function canonicalNanoCell(cell: NanoCell): CanonicalCell {
  let first: CanonicalCell | undefined;
  for (const numbered of numberingsOf(cell)) {
    const text = formatNanoCell(numbered);
    if (first === undefined || text < first.text) first = { cell: numbered, text };
  }
  return first!;
}
