import type { GraphEncoding, NodeRole } from '../search-space';
import { MAX_NODES, type NanoCell } from './cell';

/**
 * The labels of a graph's nodes, in the order of the one-hot columns (protocol §7.1). The authors' list has three more
 * than cells can hold, left over from NAS-Bench-101.
 */
export const NANO_LABELS = [
  'input',
  'conv1x1-bn-relu',
  'conv3x3-bn-relu',
  'maxpool3x3',
  'none',
  'dwconv3x3',
  'conv1x1',
  'atten',
  'expand',
  'split',
  'output',
] as const;

/** What data a node lets through, by its label: only what changes data is an operation (protocol §7.2). */
const ROLES: Readonly<Record<(typeof NANO_LABELS)[number], NodeRole>> = {
  input: 'pass',
  'conv1x1-bn-relu': 'operation',
  'conv3x3-bn-relu': 'operation',
  maxpool3x3: 'operation',
  none: 'pass',
  dwconv3x3: 'operation',
  conv1x1: 'operation',
  atten: 'operation',
  expand: 'operation',
  split: 'pass',
  output: 'pass',
};

/**
 * Cells as the graphs that predictors see: 7 nodes each. A smaller cell is padded at the end with nodes of label `none`
 * that have no edges but the self loop; `sizes` says how many nodes are the cell's own (protocol §1.2).
 */
export function encodeNanoCells(cells: readonly NanoCell[]): GraphEncoding {
  const nodes = MAX_NODES;
  const hot = new Uint8Array(cells.length * nodes).fill(NANO_LABELS.indexOf('none'));
  const adjacency = new Uint8Array(cells.length * nodes * nodes);
  cells.forEach(({ operations, edges }, position) => {
    operations.forEach((operation, node) => (hot[position * nodes + node] = NANO_LABELS.indexOf(operation)));
    const loops = Array.from({ length: nodes }, (_, node) => [node, node] as const);
    for (const [from, to] of [...edges, ...loops]) adjacency[(position * nodes + from) * nodes + to] = 1;
  });
  const sizes = Uint8Array.from(cells, ({ operations }) => operations.length);
  const roles = NANO_LABELS.map((label) => ROLES[label]);
  return { count: cells.length, nodes, features: NANO_LABELS.length, hot, adjacency, roles, sizes };
}
