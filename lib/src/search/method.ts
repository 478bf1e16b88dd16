/** What a search is to everything that runs and compares searches: a function; `methods.ts` has them by name. */
import type { SearchSpace } from '../benchmarks/search-space';
import type { CodeSource } from '../tables/code-source';

/** What a method searches, and what it may know of it. What judges in the end is no part of it. */
export interface SearchProblem {
  space: SearchSpace;
  /** What training a cell reveals, percent, by position. A method reads only the cells that it counts as trained. */
  labels: ArrayLike<number>;
  /** Prior knowledge by cell, at its price (`trainingsPerCode`); absent for methods that read none. */
  codes?: CodeSource;
}

/** What a method gave for one seed. */
export interface SearchResult {
  /** Positions of the cells trained, in order; each once, unless the method pays for training one again. */
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

/** What a search is expected to cost, in seconds of one core; only ratios matter, the rest is corrected while running. */
export interface SearchWork {
  /** While it reports progress. */
  training: number;
  /** After its last report. */
  ranking: number;
}

/** Options that differ from a method's own, by name. */
export type Changes = Readonly<Record<string, string | number | boolean>>;

/** What a method is made from. */
export interface MethodOptions {
  /** A named set of settings (protocol §0), for methods that have such. */
  preset: string;
  changes: Changes;
}

/** A cell to train next, and what the method believed of it where it has a model. */
export interface Proposal {
  position: number;
  /** In normal scores of the labels seen so far; absent for a cell drawn at random. */
  belief?: {
    mean: number;
    /** Standard deviation of what a training would show. */
    deviation: number;
    /** By how much it is expected to surpass the best so far; 0 for a cell that cannot. */
    expectedImprovement: number;
    /** How far each expert is believed, in their order; sums to 1. */
    weights: number[];
  };
}

/** A search that is asked for cells, and told what their training showed, in any order and number. */
export interface SteppedSearch {
  /** Cells that it could still propose. */
  readonly left: number;
  /**
   * The next cells to train, best first; those that were proposed and not told yet are out for training.
   *
   * @throws RangeError when fewer are left
   */
  ask(count: number): Proposal[];
  /** What the training of a cell showed, percent. Of cells that make equal networks the last one told counts. */
  tell(position: number, label: number): void;
}

/** A search method with its settings fixed. */
export interface Method {
  /** For people, such as `siams +NSAM`. */
  title: string;
  /** Fewest trainings that it can spend; 1 where absent. */
  leastBudget?: number;
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
  /** The same search, one training at a time; absent where the method cannot go on from what others trained. */
  start?(problem: SearchProblem, seed: number): SteppedSearch;
  /** What `search` costs on a space of some size; absent: nothing to speak of. */
  work?(size: number, budget: number, repeats: number): SearchWork;
}

/** Makes a method; throws an Error for a change that it does not know. */
export type MakeMethod = (options: MethodOptions) => Method;
