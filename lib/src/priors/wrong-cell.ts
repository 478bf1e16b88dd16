import { type SearchSpace } from '../benchmarks/search-space';
import { quoted } from '../files/quoted';

/** The architectures of each space by id: a table is checked against them row by row. */
const known = new WeakMap<SearchSpace, ReadonlyMap<number, string>>();

function architecturesOf(space: SearchSpace): ReadonlyMap<number, string> {
  let architectures = known.get(space);
  if (architectures === undefined) {
    architectures = new Map(space.cells.map((architecture, position) => [space.ids[position]!, architecture]));
    known.set(space, architectures);
  }
  return architectures;
}

/**
 * What is wrong with a row's cell: that the space has no such id, or another architecture at it. Ids alone say little,
 * since every space has small ones.
 *
 * @returns found what, expected what, and what to do, for a message; undefined where id and architecture belong together
 */
export function wrongCell(
  { id, architecture }: { id: number; architecture: string },
  space: SearchSpace,
): string | undefined {
  const expected = architecturesOf(space).get(id);
  if (architecture === expected) return;
  const remedy = 'name the space that these rows are of (--space), or correct or remove the line';
  if (expected === undefined) {
    return `found id ${id}, expected the id of one of the ${space.size} cells of ${space.name}; ${remedy}`;
  }
  return (
    `found ${quoted(architecture)}, expected ${quoted(expected)}, which is the cell with id ${id} of ${space.name}; ` +
    remedy
  );
}
