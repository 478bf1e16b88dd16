/** A process that scores networks for `measureScores`, with one thread. */
import { loadEngine } from '../convnet/create-engine';
import { serveCells } from './cell-worker';
import { SCORE_KINDS, type Scores } from './score-kinds';
import { type ScoreSetup } from './score-table';

serveCells<ScoreSetup, Scores>(async ({ kind }) => {
  const createEngine = await loadEngine();
  const { score } = SCORE_KINDS[kind]!;
  return ({ networks, seed }) => score(networks, seed, createEngine);
});
