import { brokenRule, INTERIOR_OPERATIONS, sourcesOf, type NanoCell, type NanoOperation } from './cell';

const OPERATIONS: readonly NanoOperation[] = ['input', ...INTERIOR_OPERATIONS, 'output'];

/**
 * A cell as text, node after node, each with the numbers of the nodes that it reads, such as
 * `input|split~0|dwconv3x3~1|atten~1|output~2~3`: node 1 halves the cell's input, nodes 2 and 3 take a half each, and the
 * output concatenates both. `parseNanoCell` reads it back.
 */
export function formatNanoCell(cell: NanoCell): string {
  return cell.operations.map((operation, node) => [operation, ...sourcesOf(cell, node)].join('~')).join('|');
}

/**
 * The cell that a text names, in the form of {@link formatNanoCell}. The numbers of a node's sources ascend, so that a
 * graph with numbered nodes has one text.
 *
 * @throws Error that says where the text goes wrong, or which rule of the grammar its graph breaks (protocol §7.1)
 */
export function parseNanoCell(text: string): NanoCell {
  const fail = (reason: string): never => {
    throw new Error(`not a Tiny-NanoBench cell: "${text}": ${reason}`);
  };
  const edges: [number, number][] = [];
  const operations = text.split('|').map((part, node) => {
    const [word, ...sources] = part.split('~');
    const operation = OPERATIONS.find((name) => name === word);
    if (operation === undefined) return fail(`node ${node} is "${word}", expected one of ${OPERATIONS.join(', ')}`);
    sources.forEach((digits, i) => {
      if (!/^\d$/.test(digits)) fail(`node ${node} reads "~${digits}", expected ~ and the number of a node`);
      if (i > 0 && digits < sources[i - 1]!)
        fail(`node ${node} reads ~${sources.join('~')}, expected ascending numbers`);
      edges.push([Number(digits), node]);
    });
    return operation;
  });
  edges.sort(([a, b], [c, d]) => a - c || b - d);
  const cell: NanoCell = { operations, edges };
  const broken = brokenRule(cell);
  return broken === undefined ? cell : fail(broken);
}
