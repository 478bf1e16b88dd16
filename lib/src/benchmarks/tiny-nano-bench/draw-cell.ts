import type { CellDrawing } from '../benchmark';
import { sourcesOf, targetsOf, type NanoCell } from './cell';

/** Rows that nodes between input and output are tried in, around the row of these two. */
const ROWS = [0, -1, 1, -2, 2] as const;

interface Place {
  column: number;
  row: number;
}

/**
 * A cell as a picture: a node stands a column to the right of the last one that it reads, in the row with which fewest
 * edges run through nodes or cross, and edges are shortest. The halves of a split are named where they go.
 */
export function drawNanoCell(cell: NanoCell): CellDrawing {
  const { operations, edges } = cell;
  const places = placesOf(cell);
  const rows = places.map(({ row }) => row);
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  const { column: last } = places.at(-1)!;
  return {
    nodes: operations.map((label, node) => {
      const { column, row } = places[node]!;
      return { label, x: column / last, y: top === bottom ? 0.5 : (row - top) / (bottom - top) };
    }),
    edges: edges.map(([from, to]) => {
      if (operations[from] !== 'split') return { from, to };
      return { from, to, operation: targetsOf(cell, from)[0] === to ? '1st' : '2nd' };
    }),
  };
}

/** Tries all rows of all nodes, at most 5⁵ ways. */
function placesOf(cell: NanoCell): Place[] {
  const columns: number[] = [];
  cell.operations.forEach((_, node) => {
    columns.push(node === 0 ? 0 : 1 + Math.max(...sourcesOf(cell, node).map((source) => columns[source]!)));
  });
  const last = columns.length - 1;
  let best: Place[] = [];
  let least = Infinity;
  const tryRows = (places: Place[]): void => {
    const node = places.length;
    if (node <= last) {
      for (const row of node === last ? [0] : ROWS) {
        const taken = places.some((place) => place.column === columns[node] && place.row === row);
        if (!taken) tryRows([...places, { column: columns[node]!, row }]);
      }
      return;
    }
    const penalty = clutter(cell, places);
    if (penalty < least) [best, least] = [places, penalty];
  };
  tryRows([{ column: 0, row: 0 }]);
  return best;
}

/** An edge through a node weighs more than any number of crossings, a crossing more than any length. */
function clutter({ edges }: NanoCell, places: readonly Place[]): number {
  let through = 0;
  let crossings = 0;
  let length = 0;
  edges.forEach(([from, to], i) => {
    const [a, b] = [places[from]!, places[to]!];
    length += Math.abs(a.row - b.row);
    for (const [node, place] of places.entries()) {
      if (node !== from && node !== to && liesOn(place, a, b)) through++;
    }
    for (const [otherFrom, otherTo] of edges.slice(i + 1)) {
      if (from === otherFrom || to === otherTo || from === otherTo || to === otherFrom) continue;
      if (cross(a, b, places[otherFrom]!, places[otherTo]!)) crossings++;
    }
  });
  return 1e6 * through + 1e3 * crossings + length;
}

/** Twice the area of a triangle, with the sign of its turn. */
function turn(a: Place, b: Place, c: Place): number {
  return (b.column - a.column) * (c.row - a.row) - (c.column - a.column) * (b.row - a.row);
}

function liesOn(place: Place, a: Place, b: Place): boolean {
  return turn(a, b, place) === 0 && place.column > a.column && place.column < b.column;
}

function cross(a: Place, b: Place, c: Place, d: Place): boolean {
  return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}
