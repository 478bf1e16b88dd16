import { type Cell, type Operation } from './cell';
import { type GraphEncoding, type NodeRole } from '../search-space';

/**
 * The labels of a graph's nodes, in the order of the one-hot columns (protocol §1.2). The benchmark's operation `none`
 * is `zeros` here; the label `none` means that a node passes on what it gets.
 */
export const NODE_LABELS = [
  'skip_connect',
  'zeros',
  'none',
  'split_2',
  'split_3',
  'nor_conv_3x3',
  'nor_conv_1x1',
  'avg_pool_3x3',
  'output',
] as const;

type NodeLabel = (typeof NODE_LABELS)[number];

/** What data a node lets through, by its label. */
const ROLES: Readonly<Record<NodeLabel, NodeRole>> = {
  skip_connect: 'skip',
  zeros: 'stop',
  none: 'pass',
  split_2: 'pass',
  split_3: 'pass',
  nor_conv_3x3: 'operation',
  nor_conv_1x1: 'operation',
  avg_pool_3x3: 'operation',
  output: 'pass',
};

/** The label of each of the ten nodes; null where the cell's own operation stands, edge after edge. */
const NODES: readonly (NodeLabel | null)[] = [
  'split_3',
  null,
  'split_2',
  null,
  null,
  'none',
  null,
  null,
  null,
  'output',
];

/** To which nodes each node sends its data. */
const SUCCESSORS = [[1, 3, 6], [2], [4, 7], [5], [5], [8], [9], [9], [9], []] as const;

const columnOf = (label: NodeLabel): number => NODE_LABELS.indexOf(label);
const columnOfOperation = (operation: Operation): number => columnOf(operation === 'none' ? 'zeros' : operation);

/**
 * Cells as the graphs that the predictors see (protocol §1.2): operations are nodes, so that 10 nodes and 12 edges
 * (and self loops) are the same for all cells and only six labels differ.
 */
export function encodeCells(cells: readonly Cell[]): GraphEncoding {
  const nodes = NODES.length;
  const adjacency = new Float32Array(nodes * nodes);
  SUCCESSORS.forEach((successors, node) => {
    for (const j of [node, ...successors]) adjacency[node * nodes + j] = 1;
  });
  const hot = new Uint8Array(cells.length * nodes);
  cells.forEach((cell, position) => {
    let edge = 0;
    NODES.forEach((label, node) => {
      hot[position * nodes + node] = label === null ? columnOfOperation(cell[edge++]!) : columnOf(label);
    });
  });
  const roles = NODE_LABELS.map((label) => ROLES[label]);
  return { count: cells.length, nodes, features: NODE_LABELS.length, hot, adjacency, roles };
}
