import type { SamplePool } from '../predictors/predictor';
import type { Acquisition, Ranker } from './acquisition';
import { addSamples, type SampleSource } from './sample-pool';
import type { SamplingSchedule } from './sampling-schedule';

/** What pools grow by. */
export interface PoolGrowthSettings {
  acquisition: Acquisition;
  /** What ranks cells by the predictor that is being trained. */
  rank: Ranker;
  /** The pools that it is trained on, `[R]`; they hold the first draw and grow. */
  pools: readonly SamplePool[];
  /** One a repeat. */
  seeds: readonly number[];
  source: SampleSource;
  schedule: SamplingSchedule;
  /** The epochs after which cells are added, from `updateEpochs`. */
  epochs: readonly number[];
}

/** Adds the cells that an acquisition picks to the pools of a training. Give `afterEpoch` to the training. */
export class PoolGrowth {
  /** Cells scored so far for each repeat, the cost that Table 1 of the paper is about. */
  scoredCells = 0;
  private readonly size: number;
  private readonly candidates: number;

  /** Throws a RangeError when the candidates of an update could all be in the pool already. */
  constructor(private readonly settings: PoolGrowthSettings) {
    const { source, acquisition, schedule } = settings;
    this.size = source.labels.length;
    this.candidates = acquisition.candidates(this.size);
    if (schedule.samples > this.candidates) {
      throw new RangeError(
        `top sampling cannot find ${schedule.samples} different cells among ${this.candidates} candidates of ` +
          `${this.size} cells: lower the budget`,
      );
    }
  }

  /** Adds the cells that are due after this epoch of the training, counted from 1. */
  readonly afterEpoch = (epoch: number): void => {
    const { acquisition, rank, pools, seeds, source, schedule, epochs } = this.settings;
    const update = epochs.indexOf(epoch);
    const wanted = schedule.updates[update];
    if (!wanted) return;
    const picked = acquisition.pick({ rank, pools, seeds, size: this.size, update, wanted });
    this.scoredCells += this.candidates;
    pools.forEach((pool, repeat) => addSamples(pool, repeat, picked[repeat]!, source));
  };
}
