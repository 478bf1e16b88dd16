import { type SearchSpace } from './search-space';

/** The classes of equal networks in a space; cells are named by position. */
export interface UniqueCells {
  /** The first cell of each class, ascending: 6,466 of them in NAS-Bench-201. */
  representatives: Int32Array;
  /** For each cell of the space the representative of its class. */
  representativeOf: Int32Array;
}

const known = new WeakMap<SearchSpace, UniqueCells>();

/**
 * Which cells of a space make the same network (equal `canonicalForm`), so that a measurement of one holds for all of
 * its class up to the seed. Computed once per space.
 */
export function uniqueCells(space: SearchSpace): UniqueCells {
  let unique = known.get(space);
  if (unique === undefined) {
    const first = new Map<string, number>();
    const representativeOf = Int32Array.from(space.cells, (architecture, position) => {
      const form = space.canonicalForm?.(position) ?? architecture;
      const representative = first.get(form) ?? position;
      first.set(form, representative);
      return representative;
    });
    unique = { representatives: Int32Array.from(first.values()), representativeOf };
    known.set(space, unique);
  }
  return unique;
}
