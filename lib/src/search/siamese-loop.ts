/**
 * The siamese predictor as the model inside a search of a few cells at a time: it is trained anew on all that was trained,
 * ranks all, and the first cells of its ranking are trained next. Batch Top Sampling resembles it, but goes on with one
 * training while its pool grows, ranks a random tenth at a time, and leaves K trainings to the end.
 */
import { PredictorStack } from '../predictors/predictor-stack';
import { trainPredictor } from '../predictors/train-predictor';
import { lastWeights } from '../predictors/training-settings';
import { candidates, checkBudget, drawnOrder } from './candidates';
import { CodeLedger } from './code-ledger';
import type { Method, MethodOptions } from './method';
import { addSamples, type SampleSource } from './sample-pool';
import type { SamplePool } from '../predictors/predictor';
import { siameseRanking } from './siamese-ranking';
import { siameseSettings, type PredictorParts } from './siamese-settings';
import { firstNew, REFINED_WHILE_SAMPLING } from './top-sampling';

/** Cells drawn at random before the first training, and trained between two. */
const BATCH = 10;

/**
 * The method; it knows which cells make equal networks, and trains one of each. Predictors have their last weights: a look
 * at true accuracies after each training (protocol §3.5) would cost more than it could bring.
 *
 * @throws Error as `siameseSettings`
 */
export function siameseLoop({ title, ...parts }: PredictorParts & { title: string }, options: MethodOptions): Method {
  const { predictor, training } = siameseSettings(parts, options);
  const settings = { predictor, training: lastWeights(training, []), batch: BATCH, distinct: true };
  const reads = parts.branch === 'siamese';
  return {
    title,
    readsCodes: reads,
    settings,
    search({ space, labels, codes }, budget, seeds, progress) {
      if (reads && !codes) throw new Error('a predictor with an estimation branch reads codes: name a code source');
      const cells = candidates(space, true);
      checkBudget(space, cells, budget);
      const ledger = reads ? new CodeLedger(codes!, seeds.length) : undefined;
      const source: SampleSource = { labels, readCodes: ledger?.read };
      const readCodes = source.readCodes ?? (() => new Float32Array());
      const pools = seeds.map((): SamplePool => ({ positions: [], labels: [], codes: [] }));
      const add = (repeat: number, chosen: ArrayLike<number>): void =>
        addSamples(pools[repeat]!, repeat, chosen, source);
      seeds.forEach((seed, repeat) => {
        const first = drawnOrder(cells, seed).subarray(0, Math.min(BATCH, budget));
        add(repeat, first.map((candidate) => cells.positions[candidate]!)); // prettier-ignore
      });
      for (let done = BATCH; done < budget; done += BATCH) {
        const stack = new PredictorStack(
          { ...predictor, codeEntries: reads ? codes!.entries : 0 },
          space.graphs,
          seeds,
        );
        try {
          trainPredictor(stack, pools, done, settings.training, {
            progress: (step, steps) => progress?.(done - BATCH + (BATCH * step) / steps, budget),
          });
          const wanted = Math.min(BATCH, budget - done);
          const all = seeds.map(() => cells.positions);
          const ranked = siameseRanking(stack, all, REFINED_WHILE_SAMPLING, readCodes, done + wanted);
          ranked.forEach((order, repeat) => add(repeat, firstNew(order, pools[repeat]!, wanted)));
        } finally {
          stack.dispose();
        }
      }
      return pools.map(({ positions }, repeat) => ({ trained: positions, codesUsed: ledger?.used(repeat) }));
    },
  };
}
