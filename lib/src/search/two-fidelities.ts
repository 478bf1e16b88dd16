/**
 * Estimation Codes as what they are: a second look at a cell, at 0.003 of the price of its training. A Gaussian process
 * learns from both, and codes are bought for the cells that promise most.
 */
import { sum } from 'simple-statistics';
import { descendingOrder } from '../statistics/descending-order';
import { normalScores } from '../statistics/normal-scores';
import type { CodeSource } from '../tables/code-source';
import { Random } from '../tensors/random';
import { checkBudget, drawnOrder } from './candidates';
import { logMixedImprovement, mixedMean, type Opinion } from './gaussian-process/acquisition';
import { Posterior } from './gaussian-process/posterior';
import { searchModel, type SearchModel } from './gaussian-process/search-model';
import { twoFidelityKernel } from './gaussian-process/two-fidelity-kernel';
import type { Method, SearchProblem } from './method';

/** All that decides what the search does. */
export interface TwoFidelitySettings {
  /** Variance of what a training or a code shows about what the kernel and a cell of its own explain, in normal scores. */
  noise: number;
  /** See `TwoFidelities`. An expert that reads no code stands beside it, and the labels decide whom to believe. */
  correlation: number;
  ownVariance: number;
  /** Cells drawn at random that are trained first, and those whose codes are read before. */
  initial: number;
  initialCodes: number;
  /** Codes read before each later training: of the cells that promise most and have none yet. */
  codesAtATime: number;
  /** Whether it knows which cells make equal networks, and trains one of each. */
  distinct: boolean;
}

export const TWO_FIDELITIES: TwoFidelitySettings = {
  noise: 0.2,
  correlation: 0.8,
  ownVariance: 0.2,
  initial: 3,
  initialCodes: 100,
  codesAtATime: 5,
  distinct: true,
};

/** One search; cells are named by candidate. */
class TwoFidelitySearch {
  private readonly labels = new Map<number, number>(); // percent
  readonly losses = new Map<number, number>(); // of the candidates whose codes were read
  private readonly isLabel: boolean[] = []; // of what the joint posterior was given, in order
  private readonly drawn: Int32Array;
  private readonly alone: Posterior;
  private readonly joint: Posterior;
  private readonly random: Random;

  constructor(
    private readonly model: SearchModel,
    private readonly settings: TwoFidelitySettings,
    private readonly codes: CodeSource,
    seed: number,
  ) {
    const { kernel } = model.posteriors[0]!;
    this.alone = new Posterior(kernel, settings.noise);
    this.joint = new Posterior(twoFidelityKernel(kernel, settings), settings.noise);
    this.drawn = drawnOrder(model.candidates, seed);
    this.random = new Random(seed, 'two fidelities');
    const coded = new Random(seed, 'first codes').sample(this.drawn.length, this.drawn.length);
    coded.subarray(0, settings.initialCodes).forEach((candidate) => this.readCode(candidate));
  }

  /** The next candidate to train. */
  next(): number {
    if (this.labels.size < this.settings.initial) return this.drawn[this.labels.size]!;
    const open = this.drawn.filter((candidate) => !this.labels.has(candidate));
    const uncoded = open.filter((candidate) => !this.losses.has(candidate));
    const promising = this.byPromise(uncoded).subarray(0, this.settings.codesAtATime);
    promising.forEach((candidate) => this.readCode(candidate));
    return this.byPromise(open)[0]!;
  }

  tell(candidate: number, label: number): void {
    this.labels.set(candidate, label);
    this.alone.add(candidate);
    this.joint.add(candidate);
    this.isLabel.push(true);
  }

  /** All candidates' means, in normal scores. */
  means(): Float64Array {
    const opinions = this.opinions();
    return Float64Array.from(this.drawn, (_, candidate) => mixedMean(opinions, candidate));
  }

  /** What is read is the last loss: low is good. */
  private readCode(candidate: number): void {
    const code = this.codes.read([this.model.candidates.positions[candidate]!]);
    this.losses.set(candidate, code.at(-1)!);
    this.joint.add(this.drawn.length + candidate);
    this.isLabel.push(false);
  }

  /** The highest expected improvement first, equals in random order. */
  private byPromise(cells: Int32Array): Int32Array {
    const opinions = this.opinions();
    const best = Math.max(0, ...normalScores([...this.labels.values()]));
    const shuffled = this.random.sample(cells.length, cells.length).map((i) => cells[i]!);
    const promise = Float64Array.from(shuffled, (candidate) => logMixedImprovement(opinions, candidate, best));
    return descendingOrder(promise).map((i) => shuffled[i]!);
  }

  /** Each expert is believed as far as it foretold the labels, given what it had seen before each. */
  private opinions(): Opinion[] {
    const n = this.drawn.length;
    const labels = normalScores([...this.labels.values()]);
    const codes = normalScores(Float64Array.from(this.losses.values(), (loss) => -loss));
    let [label, code] = [0, 0];
    const both = Float64Array.from(this.isLabel, (isLabel) => (isLabel ? labels[label++]! : codes[code++]!));
    const foretold = this.joint.logDensities(both).filter((_, i) => this.isLabel[i]);
    const ratio = Math.exp(sum(foretold) - sum(this.alone.logDensities(labels)));
    const deviationOf = (variance: number): number => Math.sqrt(Math.max(0, variance) + this.settings.noise);
    const opinion = (weight: number, posterior: Posterior, values: Float64Array): Opinion => ({
      weight,
      mean: posterior.mean(values).subarray(0, n),
      deviation: posterior.variance.subarray(0, n).map(deviationOf),
    });
    const share = ratio === Infinity ? 1 : ratio / (1 + ratio);
    return [opinion(1 - share, this.alone, labels), opinion(share, this.joint, both)];
  }
}

/** The search as a method. Throws an Error where the problem has no code source. */
export function twoFidelities(settings: TwoFidelitySettings): Method {
  const { noise, distinct } = settings;
  return {
    title: 'path sums, codes as second fidelity',
    readsCodes: true,
    settings,
    search({ space, codes, labels }: SearchProblem, budget, seeds, progress) {
      if (!codes) throw new Error('a search that reads codes as a second fidelity needs a source of codes: name one');
      const model = searchModel({ space }, { experts: [{ kernel: 'path-sum', noise }], distinct });
      const { positions, numberOf } = model.candidates;
      checkBudget(space, model.candidates, budget);
      return seeds.map((seed, i) => {
        const search = new TwoFidelitySearch(model, settings, codes, seed);
        const trained: number[] = [];
        while (trained.length < budget) {
          const candidate = search.next();
          const position = positions[candidate]!;
          search.tell(candidate, labels[position]!);
          trained.push(position);
          progress?.(i * budget + trained.length, seeds.length * budget);
        }
        const means = search.means();
        const ranking = descendingOrder(Float64Array.from(numberOf, (candidate) => means[candidate]!));
        return { trained, ranking, codesUsed: search.losses.size };
      });
    },
  };
}
