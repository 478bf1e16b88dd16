import { canonicalNanoCell, type CanonicalCell } from './canonical-cell';
import { INTERIOR_OPERATIONS, MAX_NODES, type NanoCell, type NanoOperation } from './cell';
import { nanoCost, type NanoCost } from './cell-cost';
import { NANO_NETWORKS, type NanoNetworkOptions } from './nano-network';

/** Which cells a space of this kind holds, and the network around them that decides what they cost. */
export interface NanoSpaceOptions extends NanoNetworkOptions {
  /** How often a cell may hold each of dwconv3x3, conv1x1, atten and expand; split is limited by the nodes alone. */
  maxUses: number;
  /** Cells below this many millions of multiply-accumulates belong to the space. */
  mflops: number;
}

/**
 * The two named reconstructions (protocol §7.4). `paper` fits Fig. 4b best, with 1,085 cells; `official` is the published
 * code as it stands, with 1,294, whose costs contradict Fig. 4b. Neither is the authors' set, which is unpublished and
 * cannot be derived (protocol §7.3, §7.4).
 */
export const nanoSpacePresets = {
  paper: { ...NANO_NETWORKS.paper, maxUses: 1, mflops: 35 },
  official: { ...NANO_NETWORKS.official, maxUses: Infinity, mflops: 35 },
} as const satisfies Record<string, NanoSpaceOptions>;

/** A cell of a space, and what its network costs. */
export interface NanoSpaceCell extends CanonicalCell, NanoCost {}

/** Operations that cells are made of; `none` would only repeat smaller cells. */
const BUILDING_BLOCKS = INTERIOR_OPERATIONS.filter((operation) => operation !== 'none');

/**
 * The cells of a space, one for each class of isomorphic ones, by ascending multiply-accumulates and then by their text,
 * character by character (protocol §7.4).
 */
export function enumerateNanoCells(options: NanoSpaceOptions): NanoSpaceCell[] {
  const allowed = ({ operations }: NanoCell): boolean =>
    BUILDING_BLOCKS.every((each) => {
      return each === 'split' || operations.filter((operation) => operation === each).length <= options.maxUses;
    });
  return allNanoCells()
    .filter(({ cell }) => allowed(cell))
    .map(({ cell, text }) => ({ cell, text, ...nanoCost(cell, options) }))
    .filter(({ macs }) => macs < options.mflops * 1e6)
    .sort((a, b) => a.macs - b.macs || (a.text < b.text ? -1 : 1));
}

let all: CanonicalCell[] | undefined;

/** The 11,369 cells of at most seven nodes up to isomorphism, whatever they cost. Made once. */
export function allNanoCells(): readonly CanonicalCell[] {
  if (all === undefined) {
    all = [];
    for (let nodes = 2; nodes <= MAX_NODES; nodes++) {
      const classes = new Map<string, CanonicalCell>();
      for (const cell of numberedNanoCells(nodes)) {
        const canonical = canonicalNanoCell(cell);
        classes.set(canonical.text, canonical);
      }
      all.push(...classes.values());
    }
  }
  return all;
}

/** All cells of so many numbered nodes: 18,101 from two to seven. */
export function numberedNanoCells(nodes: number): NanoCell[] {
  const last = nodes - 1;
  const cells: NanoCell[] = [];
  const operations: NanoOperation[] = ['input'];
  const edges: [number, number][] = [];
  const inputs = new Array<number>(nodes).fill(0);

  const connect = (node: number, targets: readonly number[]): void => {
    for (const target of targets) {
      edges.push([node, target]);
      inputs[target]!++;
    }
    choose(node + 1);
    for (const target of targets) {
      edges.pop();
      inputs[target]!--;
    }
  };
  const send = (node: number): void => {
    for (let first = node + 1; first <= last; first++) {
      if (operations[node] !== 'split') connect(node, [first]);
      else for (let second = first + 1; second <= last; second++) connect(node, [first, second]);
    }
  };
  /** Gives the node an operation and targets, and goes on; a node that nobody sends to ends the search. */
  const choose = (node: number): void => {
    if (inputs[node] === 0) return;
    if (node === last) {
      cells.push({ operations: [...operations, 'output'], edges: edges.map(([from, to]) => [from, to]) });
      return;
    }
    for (const operation of BUILDING_BLOCKS) {
      operations.push(operation);
      send(node);
      operations.pop();
    }
  };
  send(0);
  return cells;
}
