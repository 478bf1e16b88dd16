import { type SearchSpace } from './search-space';

/** Classes of cells; cells are named by position. */
export interface CellClasses {
  /** The first cell of each class, ascending. */
  representatives: Int32Array;
  /** For each cell of the space the representative of its class. */
  representativeOf: Int32Array;
}

/**
 * The classes of equal `canonicalForm`: the unique cells as the benchmark counts them, 6,466 in NAS-Bench-201.
 * Computed once per space.
 */
export const uniqueCells = classesBy((space) => space.canonicalForm);

/**
 * The classes of equal `networkForm`, 5,260 in NAS-Bench-201: a measurement of one cell holds for all of its class, up to
 * the seed. Computed once per space.
 */
export const equalNetworks = classesBy((space) => space.networkForm);

/** In a space without such a form every cell is a class of its own. */
function classesBy(
  formOf: (space: SearchSpace) => ((position: number) => string) | undefined,
): (space: SearchSpace) => CellClasses {
  const known = new WeakMap<SearchSpace, CellClasses>();
  return (space) => {
    let classes = known.get(space);
    if (classes === undefined) {
      const form = formOf(space) ?? String;
      const first = new Map<string, number>();
      const representativeOf = Int32Array.from({ length: space.size }, (_, position) => {
        const name = form(position);
        const representative = first.get(name) ?? position;
        first.set(name, representative);
        return representative;
      });
      classes = { representatives: Int32Array.from(first.values()), representativeOf };
      known.set(space, classes);
    }
    return classes;
  };
}
