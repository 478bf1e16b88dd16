/** What a search is to everything that runs and compares searches: a function; see `methods.ts` for their names. */
import type { SearchSpace } from '../benchmarks/search-space';
import type { CodeSource } from '../tables/code-source';

/** What a method searches, and what it may know of it. */
export interface SearchProblem {
  space: SearchSpace;
  /** What training a cell reveals, percent, by position. A method reads only the cells that it counts as trained. */
  labels: ArrayLike<number>;
  /** What judges in the end, percent, by position; for methods that, like the authors' checkpoint, look at it (§3.5). */
  scores: ArrayLike<number>;
  /** Prior knowledge by cell, at its price (`trainingsPerCode`); absent for methods that read none. */
  codes?: CodeSource;
}

/** What a method gave for one seed. */
export interface SearchResult {
  /** Positions of the cells trained, in order; each at most once. */
  trained: number[];
  /** All cells of the space by position, best first; absent where the method has no model of the whole space. */
  ranking?: Int32Array;
  /** Different cells whose code was read; absent where the method reads none. */
  codesUsed?: number;
  /** Cells that a model scored while it sampled (Table 1); absent where no model samples. */
  scoredCells?: number;
}

/** Called often, with the steps done and in all. */
export type SearchProgress = (done: number, total: number) => void;

/** A search method with its settings fixed. */
export interface Method {
  /** For people, such as `siams +NSAM`. */
  title: string;
  /** Whether it reads a code source. */
  readsCodes: boolean;
  /** Everything that decides what it gives besides problem, budget and seed; recorded with each run. */
  settings: object;
  /**
   * Searches once a seed, side by side. What a seed gives does not depend on the others.
   *
   * @param budget N, trainings
   * @returns a result a seed, in their order
   * @throws RangeError for a budget that the method cannot spend on this space
   */
  search(problem: SearchProblem, budget: number, seeds: readonly number[], progress?: SearchProgress): SearchResult[];
}
