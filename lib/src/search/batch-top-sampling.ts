import type { Predictor, SamplePool } from '../predictors/predictor';
import { Random } from '../tensors/random';
import { addSamples, type SampleSource } from './sample-pool';
import type { SamplingSchedule } from './sampling-schedule';
import { siameseRanking } from './siamese-ranking';

/** Cells that Siamese-Ranking orders again while it samples, c of protocol §4.1. */
export const REFINED_WHILE_SAMPLING = 30;

/** A tenth of the space is ranked at each update (protocol §4.2). */
const SUBSET_DIVISOR = 10;

/** What top sampling needs to know. */
export interface TopSamplingSettings {
  /** The stack that is being trained. */
  predictor: Predictor;
  /** The pools it is trained on; they hold the first draw and grow. */
  pools: readonly SamplePool[];
  /** True accuracies and codes of all cells of the space. */
  source: SampleSource;
  schedule: SamplingSchedule;
  /** The epochs after which cells are added, from `updateEpochs`. */
  epochs: readonly number[];
  /**
   * Which cells are ranked at an update: a fresh random tenth (Batch Top Sampling), or all of them (Fully Top Sampling,
   * protocol §4.3).
   */
  candidates: 'tenth' | 'all';
}

/**
 * Batch Top Sampling and Fully Top Sampling (protocol §4.2, §4.3, Algorithm 2 of the paper): while a predictor is
 * trained, the cells that it ranks first among the candidates are added to its pool. Give `afterEpoch` to the training.
 */
export class BatchTopSampling {
  /** Cells scored so far for each repeat, the cost that Table 1 of the paper is about. */
  scoredCells = 0;
  private readonly size: number;
  private readonly subset: number;

  /** Throws a RangeError when the candidates of an update could all be in the pool already. */
  constructor(private readonly settings: TopSamplingSettings) {
    this.size = settings.source.accuracies.length;
    this.subset = settings.candidates === 'all' ? this.size : Math.floor(this.size / SUBSET_DIVISOR);
    const { samples } = settings.schedule;
    if (samples > this.subset)
      throw new RangeError(
        `top sampling cannot find ${samples} different cells among ${this.subset} candidates of ${this.size} cells: lower the budget`,
      );
  }

  /** Adds the cells that are due after this epoch of the training, counted from 1. */
  readonly afterEpoch = (epoch: number): void => {
    const update = this.settings.epochs.indexOf(epoch);
    const wanted = this.settings.schedule.updates[update];
    if (!wanted) return;
    const { predictor, pools, source } = this.settings;
    const candidates = predictor.seeds.map((seed) => this.candidates(seed, update));
    const ranked = siameseRanking(
      predictor,
      candidates,
      REFINED_WHILE_SAMPLING,
      source.readCodes ?? (() => new Float32Array()),
      Math.max(...pools.map(({ positions }) => positions.length)) + wanted, // the pool's own may all come first
    );
    this.scoredCells += this.subset;
    pools.forEach((pool, repeat) => addSamples(pool, repeat, firstNew(ranked[repeat]!, pool, wanted), source));
  };

  private candidates(seed: number, update: number): Int32Array {
    if (this.settings.candidates === 'all') return Int32Array.from({ length: this.size }, (_, i) => i);
    return new Random(seed, 'top-sampling', update).sample(this.size, this.subset);
  }
}

/** The first cells of a ranking that are not in the pool yet (protocol §4.2, duplicates). */
function firstNew(ranked: Int32Array, pool: SamplePool, wanted: number): Int32Array {
  const known = new Set(pool.positions);
  return ranked.filter((cell) => !known.has(cell)).slice(0, wanted);
}
