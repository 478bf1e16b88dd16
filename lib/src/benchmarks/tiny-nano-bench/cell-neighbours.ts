import { canonicalNanoCell } from './canonical-cell';
import { brokenRule, MAX_NODES, sourcesOf, targetsOf, type NanoCell, type NanoOperation } from './cell';

/** What a node may be in place of another: all that send to one node. */
const SINGLE = ['dwconv3x3', 'conv1x1', 'atten', 'expand'] as const;

type Edge = readonly [number, number];

/** A graph whose edges need not lead to higher numbers. */
interface Draft {
  operations: readonly NanoOperation[];
  edges: readonly Edge[];
}

/**
 * The canonical texts of all cells that are one operation or one edge away from a cell, whether or not a space holds them.
 * One step is any of these, wherever a cell comes out (protocol §7.1), whatever the numbers of the nodes:
 * - an operation becomes another, edges as they are; one that becomes a split gets a second edge to any node, a split that
 *   becomes something else loses either of its edges;
 * - an edge leads to another node;
 * - an operation other than a split is taken out, so that what it read goes where it sent; or is put in, in front of a
 *   node, where it reads any of the node's inputs and hands them on.
 *
 * Each step has its inverse, so neighbours are mutual. The cell itself is not among them.
 */
export function neighbourTexts(cell: NanoCell): Set<string> {
  const texts = new Set<string>();
  for (const draft of [...otherOperations(cell), ...otherEdges(cell), ...removals(cell), ...insertions(cell)]) {
    const numbered = numberDraft(draft);
    if (numbered !== undefined) texts.add(canonicalNanoCell(numbered).text);
  }
  texts.delete(canonicalNanoCell(cell).text);
  return texts;
}

function* otherOperations(cell: NanoCell): Generator<Draft> {
  const { operations, edges } = cell;
  for (const [node, operation] of operations.entries()) {
    if (operation === 'input' || operation === 'output') continue;
    const becoming = (other: NanoOperation): NanoOperation[] =>
      operations.map((each, i) => (i === node ? other : each));
    for (const other of SINGLE) {
      if (operation !== 'split') yield { operations: becoming(other), edges };
      else {
        for (const target of targetsOf(cell, node)) {
          yield { operations: becoming(other), edges: edges.filter((edge) => !is(edge, node, target)) };
        }
      }
    }
    if (operation === 'split') continue;
    for (const target of operations.keys()) {
      yield { operations: becoming('split'), edges: [...edges, [node, target]] };
    }
  }
}

function* otherEdges({ operations, edges }: NanoCell): Generator<Draft> {
  for (const [i, [from]] of edges.entries()) {
    for (const target of operations.keys()) {
      yield { operations, edges: edges.map((edge, j) => (j === i ? [from, target] : edge)) };
    }
  }
}

function* removals(cell: NanoCell): Generator<Draft> {
  const { operations, edges } = cell;
  for (const [node, operation] of operations.entries()) {
    if (operation === 'input' || operation === 'output' || operation === 'split') continue;
    const [target] = targetsOf(cell, node);
    const renumbered = (each: number): number => (each > node ? each - 1 : each);
    yield {
      operations: operations.filter((_, i) => i !== node),
      edges: edges
        .filter(([from]) => from !== node)
        .map(([from, to]) => [renumbered(from), renumbered(to === node ? target! : to)]),
    };
  }
}

function* insertions(cell: NanoCell): Generator<Draft> {
  const { operations, edges } = cell;
  const added = operations.length;
  if (added === MAX_NODES) return;
  for (const target of operations.keys()) {
    const sources = sourcesOf(cell, target);
    // Every choice of inputs but none of them, as the bits of a number.
    for (let choice = 1; choice < 1 << sources.length; choice++) {
      const chosen = sources.filter((_, i) => choice & (1 << i));
      const redirected = edges.map(([from, to]): Edge => [from, to === target && chosen.includes(from) ? added : to]);
      for (const operation of SINGLE) {
        yield { operations: [...operations, operation], edges: [...redirected, [added, target]] };
      }
    }
  }
}

const is = ([from, to]: Edge, node: number, target: number): boolean => from === node && to === target;

/** The cell that a draft is, with numbers that ascend along its edges; undefined where it is none. */
function numberDraft({ operations, edges }: Draft): NanoCell | undefined {
  const numbers = new Map<number, number>();
  const ready = (node: number): boolean => edges.every(([from, to]) => to !== node || numbers.has(from));
  while (numbers.size < operations.length) {
    // The output comes last even where something else is not used by anything, so that the grammar sees it.
    const waiting = [...operations.keys()].filter((node) => !numbers.has(node) && ready(node));
    const next = waiting.find((node) => operations[node] !== 'output') ?? waiting[0];
    if (next === undefined) return undefined; // a circle
    numbers.set(next, numbers.size);
  }
  const byNumber = [...numbers.keys()];
  const cell = {
    operations: byNumber.map((node) => operations[node]!),
    edges: edges
      .map(([from, to]) => [numbers.get(from)!, numbers.get(to)!] as const)
      .sort(([a, b], [c, d]) => a - c || b - d),
  };
  return brokenRule(cell) === undefined ? cell : undefined;
}
