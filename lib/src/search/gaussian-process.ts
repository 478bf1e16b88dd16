/**
 * Bayesian optimisation with a Gaussian process: the cell that promises most is trained next. Nothing is fitted but the
 * posterior, so that a search of 60 trainings takes a tenth of a second.
 */
import { descendingOrder } from '../statistics/descending-order';
import { Random } from '../tensors/random';
import { type Acquisition, logExpectedImprovement, worth } from './gaussian-process/acquisition';
import { normalScores } from './gaussian-process/normal-scores';
import { Posterior } from './gaussian-process/posterior';
import { type KernelName, type PriorSettings, searchModel, type SearchModel } from './gaussian-process/search-model';
import { checkBudget, drawnOrder } from './candidates';
import type { Method, SearchProblem } from './method';

/** All that decides what a search with a Gaussian process does. */
export interface GaussianProcessSettings {
  kernel: KernelName;
  /** Whether it knows which cells make equal networks, and trains one of each. */
  distinct: boolean;
  /** Variance of a label's normal score about the cell's own. */
  noise: number;
  /** Cells drawn at random before the model is asked. */
  initial: number;
  acquisition: Acquisition;
  /** Cells proposed at a time, each as if those before it had shown what is believed of them. */
  batch: number;
  /** Whether and how it reads scores from the problem's code source. */
  prior?: PriorSettings;
}

/** Path-sum regression: no score is read. */
export const PATH_SUM_REGRESSION: GaussianProcessSettings = {
  kernel: 'path-sum',
  distinct: true,
  noise: 0.2,
  initial: 3,
  acquisition: 'expected-improvement',
  batch: 1,
};

/** Operations alone, and a score that is believed from the start. */
export const SCORE_PRIOR: GaussianProcessSettings = {
  kernel: 'hamming',
  distinct: true,
  noise: 0.3,
  initial: 2,
  acquisition: 'expected-improvement',
  batch: 1,
  prior: { weight: 0.75, deviation: 0 },
};

/** A cell to train next, and what the model believed of it, in normal scores of the labels seen so far. */
export interface Proposal {
  position: number;
  /** Absent while cells are drawn at random. */
  belief?: {
    mean: number;
    /** Standard deviation of what a training would show. */
    deviation: number;
    /** By how much it is expected to surpass the best so far; 0 for a cell that cannot. */
    expectedImprovement: number;
  };
}

/** One search: asked for cells, and told what their training showed, in any order and number. */
export class GaussianProcessSearch {
  private posterior: Posterior;
  private readonly random: Random;
  private readonly drawn: Int32Array; // candidates in random order
  private readonly trained = new Map<number, number>(); // candidate → label, percent
  private readonly proposed = new Set<number>(); // candidates that are out for training

  /**
   * @param model of the space, from `searchModel` with the same settings
   * @param seed decides the first cells and the choice among equals
   */
  constructor(
    private readonly model: SearchModel,
    private readonly settings: GaussianProcessSettings,
    seed: number,
  ) {
    this.posterior = new Posterior(model.kernel, settings.noise);
    this.random = new Random(seed, 'gaussian process');
    this.drawn = drawnOrder(model.candidates, seed);
  }

  /** What the training of a cell showed, percent. Of cells that make equal networks the last one told counts. */
  tell(position: number, label: number): void {
    const candidate = this.model.candidates.numberOf[position]!;
    this.proposed.delete(candidate);
    this.trained.set(candidate, label);
  }

  /**
   * The next cells to train, best first. Those that were proposed and not told yet count as if they had shown what was
   * believed of them.
   *
   * @throws RangeError when fewer cells are left
   */
  ask(count: number): Proposal[] {
    const left = this.model.candidates.positions.length - this.trained.size - this.proposed.size;
    if (count > left) throw new RangeError(`${left} cells are left to train, not ${count}`);
    return Array.from({ length: count }, () => this.propose());
  }

  /** All cells of the space by what is believed of them, best first; cells of equal networks by position. */
  ranking(): Int32Array {
    const mean = this.mean();
    return descendingOrder(Float64Array.from(this.model.candidates.numberOf, (candidate) => mean[candidate]!));
  }

  private propose(): Proposal {
    const { positions } = this.model.candidates;
    if (this.trained.size + this.proposed.size < this.settings.initial) {
      const drawn = this.drawn.find((candidate) => !this.isTaken(candidate))!;
      this.proposed.add(drawn);
      return { position: positions[drawn]! };
    }
    this.update();
    const mean = this.mean();
    const deviation = (candidate: number): number =>
      Math.sqrt(Math.max(0, this.posterior.variance[candidate]!) + this.settings.noise);
    const best = Math.max(0, ...this.scores()); // the best score of any number of labels is at least 0
    const chosen = this.pick((candidate) =>
      worth(this.settings.acquisition, mean[candidate]!, deviation(candidate), best, this.random),
    );
    const belief = { mean: mean[chosen]!, deviation: deviation(chosen) };
    const expectedImprovement = Math.exp(logExpectedImprovement(belief.mean, belief.deviation, best));
    this.proposed.add(chosen);
    return { position: positions[chosen]!, belief: { ...belief, expectedImprovement } };
  }

  /** Brings the posterior up to date: the trained cells in order, then those that are out. */
  private update(): void {
    const wanted = [...this.trained.keys(), ...this.proposed];
    const { given } = this.posterior;
    if (given.some((candidate, i) => candidate !== wanted[i])) {
      this.posterior = new Posterior(this.model.kernel, this.settings.noise);
    }
    for (const candidate of wanted.slice(this.posterior.given.length)) this.posterior.add(candidate);
  }

  /** The normal scores of the labels, in the order of training. */
  private scores(): Float64Array {
    return normalScores([...this.trained.values()]);
  }

  /** The mean of each candidate's normal score. */
  private mean(): Float64Array {
    this.update();
    const prior = this.model.mean;
    const cells = [...this.trained.keys()];
    const mean = this.posterior.mean(this.scores().map((score, i) => score - prior[cells[i]!]!));
    return mean.map((value, candidate) => value + prior[candidate]!);
  }

  private isTaken(candidate: number): boolean {
    return this.trained.has(candidate) || this.proposed.has(candidate);
  }

  /** The untrained candidate of the highest worth, one of them at random. */
  private pick(worthOf: (candidate: number) => number): number {
    let chosen = -1;
    let [highest, equals] = [-Infinity, 0];
    for (let candidate = 0; candidate < this.drawn.length; candidate++) {
      if (this.isTaken(candidate)) continue;
      const value = worthOf(candidate);
      if (value < highest) continue;
      equals = value === highest ? equals + 1 : 1;
      highest = value;
      if (equals === 1 || this.random.integer(equals) === 0) chosen = candidate;
    }
    return chosen;
  }
}

/**
 * The search as a method: a tested cell at a time, or as many as the settings say.
 *
 * @param title for people
 */
export function gaussianProcess(title: string, settings: GaussianProcessSettings): Method {
  return {
    title,
    readsCodes: settings.prior !== undefined,
    settings,
    search(problem: SearchProblem, budget, seeds, progress) {
      const model = searchModel(problem, settings);
      checkBudget(problem.space, model.candidates, budget);
      return seeds.map((seed, i) => {
        const search = new GaussianProcessSearch(model, settings, seed);
        const trained: number[] = [];
        while (trained.length < budget) {
          const proposals = search.ask(Math.min(settings.batch, budget - trained.length));
          for (const { position } of proposals) {
            search.tell(position, problem.labels[position]!);
            trained.push(position);
          }
          progress?.(i * budget + trained.length, seeds.length * budget);
        }
        const codesUsed = settings.prior && model.candidates.positions.length;
        return { trained, ranking: search.ranking(), ...(codesUsed !== undefined && { codesUsed }) };
      });
    },
  };
}
