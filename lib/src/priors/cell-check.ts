import { type SearchSpace } from '../benchmarks/search-space';
import { quoted } from '../files/quoted';

const REMEDY = 'name the space that these rows are of (--space), or correct or remove the line';

/** What is wrong with a row's cell, for a message: found what, expected what, and what to do; undefined where nothing is. */
export type CellCheck = (row: { id: number; architecture: string }) => string | undefined;

/**
 * Checks cells of rows: whether the space has such an id, and that architecture at it. Ids alone say little, since every
 * space has small ones.
 */
export function cellCheck(space: SearchSpace): CellCheck {
  const architectures = new Map(space.cells.map((architecture, position) => [space.ids[position]!, architecture]));
  return ({ id, architecture }) => {
    const expected = architectures.get(id);
    if (architecture === expected) return;
    if (expected === undefined) {
      return `found id ${id}, expected the id of one of the ${space.size} cells of ${space.name}; ${REMEDY}`;
    }
    return (
      `found ${quoted(architecture)}, expected ${quoted(expected)}, which is the cell with id ${id} of ${space.name}; ` +
      REMEDY
    );
  };
}
