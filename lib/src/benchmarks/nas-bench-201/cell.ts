/**
 * A cell of NAS-Bench-201: four nodes, and an operation on each of the six edges between them (protocol §1.1). Node 0 is
 * the cell's input; node j is the sum over i < j of what the edge i→j makes of node i; node 3 is the output.
 */

import { architectureString } from './cell-notations';

/** The operations that an edge can carry, in the order of the benchmark's own list. */
export const OPERATIONS = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'] as const;

/** One of the five operations. */
export type Operation = (typeof OPERATIONS)[number];

/** A cell: its operations on the edges 0→1, 0→2, 1→2, 0→3, 1→3, 2→3, in this order. */
export type Cell = readonly [Operation, Operation, Operation, Operation, Operation, Operation];

/** Source and target node of each edge, in the order of a `Cell`. */
export const EDGES = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
] as const;

/**
 * The cell that an architecture string names, such as
 * `|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|`, or that another
 * library wrote (see `architectureString`). Throws an Error that says at which character of the string what was found and
 * what was expected.
 */
export function parseCell(text: string): Cell {
  const architecture = architectureString(text);
  let at = 0;
  const fail = (found: string, expected: string): never => {
    throw new Error(
      `not a NAS-Bench-201 cell: "${architecture}": at character ${at + 1} found ` +
        `${found === '' ? 'the end' : `"${found}"`}, expected ${expected}`,
    );
  };
  const expect = (literal: string): void => {
    if (!architecture.startsWith(literal, at)) fail(architecture.slice(at, at + literal.length), `"${literal}"`);
    at += literal.length;
  };
  const operations = EDGES.map(([source, target]) => {
    if (source === 0) expect(target === 1 ? '|' : '+|');
    const word = /^[^~|+]*/.exec(architecture.slice(at))![0];
    const operation = OPERATIONS.find((name) => name === word);
    if (operation === undefined) return fail(word || architecture.slice(at, at + 1), `one of ${OPERATIONS.join(', ')}`);
    at += word.length;
    expect(`~${source}|`);
    return operation;
  });
  if (at < architecture.length) fail(architecture.slice(at), 'the end');
  return operations as unknown as Cell;
}

/** The architecture string of a cell; `parseCell` reads it back. */
export function formatCell(cell: Cell): string {
  const [e01, e02, e12, e03, e13, e23] = cell;
  return `|${e01}~0|+|${e02}~0|${e12}~1|+|${e03}~0|${e13}~1|${e23}~2|`;
}

/** Whether data can flow from the cell's input to its output, over edges other than `none`. */
export function isConnected(cell: Cell): boolean {
  const reached = [true, false, false, false];
  // EDGES is ordered by target, so a node's own state is known before it is used as a source.
  EDGES.forEach(([source, target], edge) => {
    if (reached[source] && cell[edge] !== 'none') reached[target] = true;
  });
  return reached[3]!;
}

/** How many of the cell's six edges carry the operation; edges that lead nowhere count too. */
export function countOperation(cell: Cell, operation: Operation): number {
  return cell.filter((each) => each === operation).length;
}
