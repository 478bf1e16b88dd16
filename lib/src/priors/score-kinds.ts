/** The zero-cost scores that look at weights alone, and take milliseconds a cell. */
import { type CreateEngine } from '../convnet/create-engine';
import { type Network } from '../convnet/network';
import { logSynflow, officialSynflow } from './synflow';

/** Named numbers for a cell. */
export type Scores = Record<string, number>;

/** How a table of scores is measured. */
export interface ScoreKind {
  /** The table's columns after `id` and `architecture`. */
  columns: readonly string[];
  /** Names of the benchmark's networks that are looked at; its full one stands in for those that it has not. */
  networks: readonly string[];
  /**
   * The scores of a cell.
   *
   * @param networks as named
   * @param seed of the weights
   */
  score: (networks: readonly Network[], seed: number, createEngine: CreateEngine) => Scores;
}

/** By the name that users type. */
export const SCORE_KINDS: Readonly<Record<string, ScoreKind>> = {
  /** ln of Tanaka et al.'s score, 0 where the score is 0 (no path), and the authors' score. */
  synflow: {
    columns: ['synflow', 'synflow_official'],
    networks: ['full', 'official'],
    score: ([full, official], seed, createEngine) => ({
      synflow: Math.max(0, logSynflow(full!, seed, createEngine)),
      synflow_official: officialSynflow(official!, seed, createEngine),
    }),
  },
};
