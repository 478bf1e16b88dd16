/** Who takes part where all methods are compared (notebook 11), and on what: add an entry, and it takes part. */
import { findBenchmark } from '../benchmarks/registry';
import type { Changes } from '../search/method';
import { PRESETS } from '../search/siamese-settings';
import { hasCodes } from '../tables/load-codes';
import { NO_CODES, seedsFrom } from './run';
import type { SearchPlan } from './search-record';

/** A method as it takes part. */
export interface Contender {
  /** For people and legends. */
  title: string;
  /** Name of the method, the options that differ from its own, and the score that it reads. */
  method: string;
  changes: Changes;
  codes?: string;
  /** Whether it is a model that is asked before every training: such searches are shorter. */
  isModel?: boolean;
  /** What it is held to where its searches cost processor minutes. */
  limits?: ContenderLimits;
}

/** Where a costly contender takes part, and how often. */
export interface ContenderLimits {
  /** The only ones that it takes part in. */
  contests: readonly Contest[];
  /** Trainings of a search, whatever a contest gives to others; and searches at most. */
  trainings: number;
  repeats: number;
}

/** What is searched. */
export interface Contest {
  space: string;
  dataset: string;
  label: string;
  /** Trainings of a search, and of one with a model. */
  trainings: number;
  modelTrainings: number;
}

/** Trainings of a search, and of one that asks a model, which costs more and needs fewer. */
const [LONG, SHORT, MIDDLE] = [300, 40, 60];

const nasBench201 = (dataset: string, label: string, modelTrainings = SHORT): Contest => ({
  space: 'nas-bench-201',
  dataset,
  label,
  trainings: LONG,
  modelTrainings,
});

/** Where all methods are compared. */
export const CONTESTS: readonly Contest[] = [
  nasBench201('cifar10', 'mean', MIDDLE),
  nasBench201('cifar100', 'mean', MIDDLE),
  nasBench201('imagenet16', 'mean', MIDDLE),
  nasBench201('cifar10', 'one-trial'),
  nasBench201('cifar100', 'one-trial', MIDDLE),
  nasBench201('imagenet16', 'one-trial', MIDDLE),
  nasBench201('cifar10', 'validation'),
  { ...nasBench201('cifar10', 'mean'), space: 'tiny-nas-bench-201' },
  { ...nasBench201('cifar10', 'reduced', MIDDLE), space: 'tiny-nano-bench' },
];

/** 100 cells to learn from, then down its ranking, as far as its curve is published; a hundred searches take four hours. */
const BRP_NAS_LIMITS: ContenderLimits = {
  contests: [nasBench201('cifar100', 'mean'), nasBench201('cifar100', 'one-trial')],
  trainings: 200,
  repeats: 30,
};
/** As far as the curve of BANANAS is published; as far goes the Neural Predictor. Ten seconds a search. */
const LEARNER_LIMITS: ContenderLimits = {
  contests: [...BRP_NAS_LIMITS.contests, nasBench201('cifar10', 'mean'), nasBench201('imagenet16', 'mean')],
  trainings: 150,
  repeats: 100,
};

/** As published but for its size, which takes hours for one search; it does not know which networks are equal. */
export const BRP_NAS: Contender = {
  title: `BRP-NAS, reduced (n = ${BRP_NAS_LIMITS.repeats})`,
  method: 'brp-nas-reduced',
  changes: { distinct: false },
  isModel: true,
  limits: BRP_NAS_LIMITS,
};

/**
 * As published, with the fewest cells to learn from that a τ is published for, and then down its ranking; it does not know
 * which networks are equal.
 */
const NEURAL_PREDICTOR: Contender = {
  title: 'Neural Predictor',
  method: 'neural-predictor',
  changes: { distinct: false, learned: 78 },
  isModel: true,
  limits: LEARNER_LIMITS,
};

/** As published; it does not know which networks are equal. */
export const BANANAS: Contender = {
  title: 'BANANAS',
  method: 'bananas',
  changes: { distinct: false },
  isModel: true,
  limits: LEARNER_LIMITS,
};

/**
 * The rival of BANANAS in its authors' repository (naszilla's `nas_algorithms.py`); takes part in that comparison alone.
 * What comes up once more costs once more, as there.
 */
export const EVOLUTION_OF_NASZILLA: Contender = {
  title: 'evolution as in naszilla',
  method: 'evolution',
  changes: { distinct: false, population: 30, mutation: 'naszilla', again: true },
};

/** Methods that know which cells make equal networks, and train one of each; but for the costly ones, which run as published. */
export const CONTENDERS: readonly Contender[] = [
  { title: 'random search', method: 'random-search', changes: { distinct: true } },
  { title: 'evolution', method: 'evolution', changes: { distinct: true } },
  { title: 'local search', method: 'local-search', changes: { distinct: true } },
  { title: 'local search, first better', method: 'local-search', changes: { distinct: true, move: 'first' } },
  {
    title: 'local search from synflow',
    method: 'local-search-from-score',
    changes: { distinct: true },
    codes: 'synflow',
  },
  { title: 'top of FLOPs', method: 'top-of-score', changes: { distinct: true }, codes: 'flops' },
  { title: 'top of synflow', method: 'top-of-score', changes: { distinct: true }, codes: 'synflow' },
  {
    title: 'path sums, two scores as means',
    method: 'score-as-mean',
    changes: {},
    codes: 'synflow+flops',
    isModel: true,
  },
  { title: 'operations, no score', method: 'one-hot', changes: {}, isModel: true },
  { title: 'path-sum regression', method: 'path-sum-regression', changes: {}, isModel: true },
  { title: 'synflow prior', method: 'score-prior', changes: {}, codes: 'synflow', isModel: true },
  { title: 'path sums, synflow on trial', method: 'scores-on-trial', changes: {}, codes: 'synflow', isModel: true },
  NEURAL_PREDICTOR,
  BRP_NAS,
  BANANAS,
];

/** The same without that knowledge: they train equal networks again. */
export const UNKNOWING: readonly Contender[] = CONTENDERS.map((contender) => ({
  ...contender,
  changes: { ...contender.changes, distinct: false },
}));

/** The searches of a contender. @param repeats seeds, from 1 on, the same for all contenders; a costly one has fewer */
export function contestPlan(contest: Contest, contender: Contender, repeats: number): SearchPlan {
  const { space, dataset, label, trainings, modelTrainings } = contest;
  const { method, changes, codes = NO_CODES, isModel = false, limits } = contender;
  return {
    space,
    dataset,
    label,
    preset: PRESETS[0]!,
    codes,
    method,
    changes,
    budget: limits?.trainings ?? (isModel ? modelTrainings : trainings),
    seeds: seedsFrom(1, Math.min(repeats, limits?.repeats ?? repeats)),
  };
}

/** Whether a space has what a contender reads and steps by, and its cost lets it take part. */
export function canTakePart({ space, dataset, label }: Contest, { method, codes, limits }: Contender): boolean {
  const benchmark = findBenchmark(space);
  const isHere = (each: Contest): boolean => each.space === space && each.dataset === dataset && each.label === label;
  if (limits && !limits.contests.some(isHere)) return false;
  const isMeasured = (source: string): boolean => !benchmark.codes[source] || hasCodes(benchmark, source);
  if (codes && !codes.split('+').every(isMeasured)) return false;
  const walks = ['evolution', 'local-search', 'local-search-from-score'].includes(method);
  return !walks || benchmark.space().neighbours !== undefined;
}
