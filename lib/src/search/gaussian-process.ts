/**
 * Bayesian optimisation with a Gaussian process: the cell that promises most is trained next. Nothing is fitted but the
 * posterior, so that a search of 60 trainings takes a fraction of a second.
 */
import { sum } from 'simple-statistics';
import { descendingOrder } from '../statistics/descending-order';
import { Random } from '../tensors/random';
import { type Acquisition, logMixedImprovement, mixedMean, type Opinion, worth } from './gaussian-process/acquisition';
import { normalScores } from '../statistics/normal-scores';
import { Posterior } from './gaussian-process/posterior';
import { type ExpertSettings, searchModel, type SearchModel } from './gaussian-process/search-model';
import { checkBudget, drawnOrder } from './candidates';
import type { Method, Proposal, SearchProblem, SteppedSearch } from './method';

/** All that decides what a search with a Gaussian process does. */
export interface GaussianProcessSettings {
  /**
   * One opinion on how labels come about, or several. Several are weighted by how well each foretold the labels seen
   * (Bayesian model averaging, from equal weights), so that a score that says nothing is soon ignored.
   */
  experts: readonly ExpertSettings[];
  /** Whether it knows which cells make equal networks, and trains one of each. */
  distinct: boolean;
  /** Cells drawn at random before the model is asked. */
  initial: number;
  acquisition: Acquisition;
  /** Cells proposed at a time, each as if those before it had shown what is believed of them. */
  batch: number;
}

const PATH_SUMS: ExpertSettings = { kernel: 'path-sum', noise: 0.2 };
const TRUSTED_SCORE: ExpertSettings = { kernel: 'hamming', noise: 0.3, scoreWeight: 0.75 };

/** Path-sum regression: no score is read. */
export const PATH_SUM_REGRESSION: GaussianProcessSettings = {
  experts: [PATH_SUMS],
  distinct: true,
  initial: 3,
  acquisition: 'expected-improvement',
  batch: 1,
};

/**
 * A score that is believed whatever the labels say, and operations. How soon it finds the best cell hangs on how the score
 * orders near equals: by the measured synflow after 6 and 15 trainings on CIFAR-10 and CIFAR-100 (medians of 100 seeds), by
 * its closed form (`cellLogSynflow`), in which networks tie that one initialisation tells apart, after 9 and 12.
 */
export const SCORE_PRIOR: GaussianProcessSettings = { ...PATH_SUM_REGRESSION, experts: [TRUSTED_SCORE], initial: 2 };

/** Both, and the labels decide: each score of the code source beside path-sum regression. */
export const SCORES_ON_TRIAL: GaussianProcessSettings = { ...SCORE_PRIOR, experts: [PATH_SUMS, TRUSTED_SCORE] };

/**
 * The same with each score as the mean of path-sum regression itself. With one score it is now better, now worse than
 * `SCORES_ON_TRIAL`; with synflow and FLOPs, a mean of its own each, it had the least regret after 20 trainings on CIFAR-10's
 * validation labels and on random halves, where both were tried (notebook 11).
 */
export const SCORE_AS_MEAN: GaussianProcessSettings = {
  ...SCORE_PRIOR,
  experts: [PATH_SUMS, { ...PATH_SUMS, scoreWeight: TRUSTED_SCORE.scoreWeight }],
};

/** The same with scores that are good when low, such as the losses of Estimation Codes. */
export const LOW_SCORE_AS_MEAN: GaussianProcessSettings = {
  ...SCORE_PRIOR,
  experts: [PATH_SUMS, { ...PATH_SUMS, scoreWeight: -TRUSTED_SCORE.scoreWeight! }],
};

/** Operations alone, the control of path sums: what a cell is by which edges carry what. */
export const ONE_HOT: GaussianProcessSettings = {
  ...PATH_SUM_REGRESSION,
  experts: [{ ...PATH_SUMS, kernel: 'hamming' }],
};

/** One search: asked for cells, and told what their training showed. */
export class GaussianProcessSearch implements SteppedSearch {
  private posteriors: Posterior[];
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
    this.posteriors = this.fresh();
    this.random = new Random(seed, 'gaussian process');
    this.drawn = drawnOrder(model.candidates, seed);
  }

  get left(): number {
    return this.model.candidates.positions.length - this.trained.size - this.proposed.size;
  }

  tell(position: number, label: number): void {
    const candidate = this.model.candidates.numberOf[position]!;
    this.proposed.delete(candidate);
    this.trained.set(candidate, label);
  }

  /** Cells that are out for training count as if they had shown what was believed of them. */
  ask(count: number): Proposal[] {
    if (count > this.left) throw new RangeError(`${this.left} cells are left to train, not ${count}`);
    return Array.from({ length: count }, () => this.propose());
  }

  /** All cells of the space by what is believed of them, best first; cells of equal networks by position. */
  ranking(): Int32Array {
    const opinions = this.opinions();
    return descendingOrder(Float64Array.from(this.model.candidates.numberOf, (each) => mixedMean(opinions, each)));
  }

  private propose(): Proposal {
    const { positions } = this.model.candidates;
    if (this.trained.size + this.proposed.size < this.settings.initial) {
      const drawn = this.drawn.find((candidate) => !this.isTaken(candidate))!;
      this.proposed.add(drawn);
      return { position: positions[drawn]! };
    }
    const opinions = this.opinions();
    const best = Math.max(0, ...this.scores()); // the best score of any number of labels is at least 0
    const chosen = this.pick(worth(this.settings.acquisition, opinions, best, this.random));
    this.proposed.add(chosen);
    const mean = mixedMean(opinions, chosen);
    const spread = opinions.reduce(
      (sum, each) => sum + each.weight * (each.deviation[chosen]! ** 2 + (each.mean[chosen]! - mean) ** 2),
      0,
    );
    const belief = {
      mean,
      deviation: Math.sqrt(spread),
      expectedImprovement: Math.exp(logMixedImprovement(opinions, chosen, best)),
      weights: opinions.map(({ weight }) => weight),
    };
    return { position: positions[chosen]!, belief };
  }

  private fresh(): Posterior[] {
    return this.model.posteriors.map(({ kernel, noise }) => new Posterior(kernel, noise));
  }

  /** Brings the posteriors up to date: the trained cells in order, then those that are out. */
  private update(): void {
    const wanted = [...this.trained.keys(), ...this.proposed];
    if (this.posteriors[0]!.given.some((candidate, i) => candidate !== wanted[i])) this.posteriors = this.fresh();
    for (const candidate of wanted.slice(this.posteriors[0]!.given.length)) {
      for (const posterior of this.posteriors) posterior.add(candidate);
    }
  }

  /** The normal scores of the labels, in the order of training. */
  private scores(): Float64Array {
    return normalScores([...this.trained.values()]);
  }

  /** What each expert believes now, and how well it foretold the labels. */
  private opinions(): Opinion[] {
    this.update();
    const scores = this.scores();
    const cells = [...this.trained.keys()];
    const { experts, posteriors } = this.model;
    const surprises = experts.map(({ mean }) => scores.map((score, i) => score - mean[cells[i]!]!));
    const evidence = experts.map(({ posterior }, e) => sum(this.posteriors[posterior]!.logDensities(surprises[e]!)));
    const highest = Math.max(...evidence);
    const weights = evidence.map((each) => Math.exp(each - highest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return experts.map((expert, e) => {
      const posterior = this.posteriors[expert.posterior]!;
      const { noise } = posteriors[expert.posterior]!;
      return {
        weight: weights[e]! / total,
        mean: posterior.mean(surprises[e]!).map((value, candidate) => value + expert.mean[candidate]!),
        deviation: posterior.variance.map((variance) => Math.sqrt(Math.max(0, variance) + noise)),
      };
    });
  }

  private isTaken(candidate: number): boolean {
    return this.trained.has(candidate) || this.proposed.has(candidate);
  }

  /** The untrained candidate of the highest worth, one of them at random. */
  private pick(worthOf: (candidate: number, atLeast: number) => number): number {
    let chosen = -1;
    let [highest, equals] = [-Infinity, 0];
    for (let candidate = 0; candidate < this.drawn.length; candidate++) {
      if (this.isTaken(candidate)) continue;
      const value = worthOf(candidate, highest);
      if (value < highest) continue;
      equals = value === highest ? equals + 1 : 1;
      highest = value;
      if (equals === 1 || this.random.integer(equals) === 0) chosen = candidate;
    }
    return chosen;
  }
}

/**
 * The search as a method: a cell at a time, or as many as the settings say.
 *
 * @param title for people
 */
export function gaussianProcess(title: string, settings: GaussianProcessSettings): Method {
  const readsCodes = settings.experts.some(({ scoreWeight }) => scoreWeight !== undefined);
  return {
    title,
    readsCodes,
    settings,
    start: (problem, seed) => new GaussianProcessSearch(searchModel(problem, settings), settings, seed),
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
        const codesUsed = readsCodes ? model.candidates.positions.length : undefined;
        return { trained, ranking: search.ranking(), codesUsed };
      });
    },
  };
}
