/** How ranking, judging and a whole search grow with the number of cells: one process of `npm run bench -- --scale`. */
import * as tf from '@tensorflow/tfjs';
import { predictorPresets } from '../predictors/predictor-options';
import { PredictorStack } from '../predictors/predictor-stack';
import { evaluateRanking } from '../search/evaluation';
import { findMethod } from '../search/methods';
import { siameseRanking } from '../search/siamese-ranking';
import { syntheticProblem } from './synthetic-problem';

/**
 * What is measured on a synthetic space: the coarse ranking of all its cells by one repeat; judging a ranking, with both
 * of its correlations; or one whole run of a method.
 */
export interface ScaleTask {
  kind: 'scale';
  what: 'ranking' | 'judging' | 'run';
  method: string;
  cells: number;
  /** N of a run. */
  budget: number;
}

/** Seconds, and tensors left over. */
export function measureScale({ what, method, cells, budget }: ScaleTask): [seconds: number, leftOver: number] {
  const problem = syntheticProblem(cells);
  const { space, labels } = problem;
  const everyCell = Int32Array.from({ length: cells }, (_, cell) => cell);
  const before = tf.memory().numTensors;
  let started = performance.now();
  const passed = (): number => (performance.now() - started) / 1000;
  if (what === 'judging') {
    evaluateRanking(everyCell.reverse(), [0], labels, labels);
    return [passed(), 0];
  }
  if (what === 'run') {
    findMethod(method).search(problem, budget, [1]);
    return [passed(), tf.memory().numTensors - before];
  }
  const stack = new PredictorStack(predictorPresets.official, space.graphs, [1]);
  started = performance.now();
  siameseRanking(stack, [everyCell], 0, () => new Float32Array());
  const seconds = passed();
  stack.dispose();
  return [seconds, tf.memory().numTensors - before];
}
