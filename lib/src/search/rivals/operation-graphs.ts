/**
 * Cells as the graphs that rivals see: input, operations and output are nodes, and what only passes data on is an edge.
 */
import type { GraphEncoding, NodeRole } from '../../benchmarks/search-space';

/** The label of a node that is not there. */
export const ABSENT = -1;

/** Graphs of one size. Node 0 is the input, the last node that has edges the output. */
export interface OperationGraphs {
  count: number;
  /** Nodes of a graph, n. */
  nodes: number;
  /** Different labels that occur, F. */
  features: number;
  /** `[count, n]`: each node's label, 0 … F − 1, or `ABSENT`. */
  hot: Int16Array;
  /** `[count, n, n]`: 1 at `[i, j]` where data flows from i to j; no self loops. */
  edges: Uint8Array;
}

/** One cell's graph while it is worked on. */
interface Graph {
  /** By node: the feature column, or `ABSENT`. */
  labels: number[];
  edges: boolean[][];
}

/**
 * Graphs without the nodes between input and output that only pass data on: in NAS-Bench-201 the eight nodes of input, six
 * operations and output.
 */
export function operationGraphs(graphs: GraphEncoding): OperationGraphs {
  return encoded(Array.from({ length: graphs.count }, (_, cell) => withoutPasses(graphOf(graphs, cell), graphs.roles)));
}

/**
 * The same with skips as edges too, and without what lies on no way from input to output that nothing stops. Nodes keep
 * their places; those that are gone are `ABSENT`, without edges (BRP-NAS, `eagle/models/nasbench201/utils.py`).
 */
export function prunedGraphs(graphs: GraphEncoding): OperationGraphs {
  return encoded(
    Array.from({ length: graphs.count }, (_, cell) =>
      pruned(withoutPasses(graphOf(graphs, cell), graphs.roles), graphs.roles),
    ),
  );
}

function graphOf({ nodes, hot, adjacency }: GraphEncoding, cell: number): Graph {
  const offset = adjacency.length === nodes * nodes ? 0 : cell * nodes * nodes;
  const labels = Array.from(hot.subarray(cell * nodes, (cell + 1) * nodes));
  return {
    labels,
    edges: labels.map((_, i) => labels.map((_, j) => i !== j && adjacency[offset + i * nodes + j] === 1)),
  };
}

/** The last node that receives anything. */
const outputOf = ({ edges }: Graph): number => Math.max(0, ...edges.map((row) => row.lastIndexOf(true)));

function withoutPasses(graph: Graph, roles: readonly NodeRole[] | undefined): Graph {
  const output = outputOf(graph);
  const removed = graph.labels.map((label, node) => node > 0 && node !== output && roles?.[label] === 'pass');
  removed.forEach((remove, node) => {
    if (remove) bypass(graph, node);
  });
  const kept = removed.flatMap((remove, node) => (remove ? [] : [node]));
  return {
    labels: kept.map((node) => graph.labels[node]!),
    edges: kept.map((i) => kept.map((j) => graph.edges[i]![j]!)),
  };
}

function pruned(graph: Graph, roles: readonly NodeRole[] | undefined): Graph {
  const { labels, edges } = graph;
  const output = outputOf(graph);
  const inner = labels.map((_, node) => node).filter((node) => node > 0 && node < output);
  for (const node of inner) {
    const role = roles?.[labels[node]!];
    if (role === 'skip') bypass(graph, node);
    if (role === 'stop') cut(graph, node);
  }
  const forward = reached(0, (from, to) => edges[from]![to]!, labels.length);
  const backward = reached(output, (from, to) => edges[to]![from]!, labels.length);
  labels.forEach((_, node) => {
    if (forward.has(node) && backward.has(node)) return;
    cut(graph, node);
    if (node > 0 && node !== output) labels[node] = ABSENT;
  });
  return graph;
}

/** Joins what flows into the node with what it flows into, and takes it out. */
function bypass(graph: Graph, node: number): void {
  const successors = graph.edges[node]!.slice();
  const predecessors = graph.edges.map((row) => row[node]!);
  cut(graph, node);
  predecessors.forEach((isSource, source) => {
    if (!isSource) return;
    successors.forEach((isTarget, target) => {
      if (isTarget) graph.edges[source]![target] = true;
    });
  });
}

/** Takes all edges of a node out. */
function cut({ edges }: Graph, node: number): void {
  edges[node]!.fill(false);
  for (const row of edges) row[node] = false;
}

function reached(start: number, leads: (from: number, to: number) => boolean, nodes: number): Set<number> {
  const found = new Set([start]);
  for (const from of found) for (let to = 0; to < nodes; to++) if (leads(from, to)) found.add(to); // the set grows as it is read
  return found;
}

function encoded(graphs: readonly Graph[]): OperationGraphs {
  const columns = [...new Set(graphs.flatMap(({ labels }) => labels))].filter((label) => label !== ABSENT);
  columns.sort((a, b) => a - b);
  const nodes = Math.max(...graphs.map(({ labels }) => labels.length));
  const hot = new Int16Array(graphs.length * nodes).fill(ABSENT);
  const edges = new Uint8Array(graphs.length * nodes * nodes);
  graphs.forEach((graph, cell) => {
    graph.labels.forEach((label, node) => (hot[cell * nodes + node] = columns.indexOf(label)));
    graph.edges.forEach((row, i) => {
      row.forEach((edge, j) => (edges[(cell * nodes + i) * nodes + j] = edge ? 1 : 0));
    });
  });
  return { count: graphs.length, nodes, features: columns.length, hot, edges };
}
