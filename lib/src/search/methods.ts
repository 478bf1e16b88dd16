/** The searches that are compared, by name (protocol §5.1). */
import {
  gaussianProcess,
  LOW_SCORE_AS_MEAN,
  ONE_HOT,
  PATH_SUM_REGRESSION,
  SCORE_AS_MEAN,
  SCORE_PRIOR,
  SCORES_ON_TRIAL,
} from './gaussian-process';
import type { MakeMethod, Method, MethodOptions } from './method';
import { BANANAS, bananas } from './rivals/bananas';
import { BRP_NAS, BRP_NAS_REDUCED, brpNas } from './rivals/brp-nas';
import { localSearch, type LocalSearchSettings } from './rivals/local-search';
import { NEURAL_PREDICTOR, neuralPredictor } from './rivals/neural-predictor';
import { randomDraws } from './rivals/random-draws';
import { EVOLUTION_OF_NAS_BENCH_201, regularisedEvolution } from './rivals/regularised-evolution';
import { topOfScore } from './rivals/top-of-score';
import { siameseLoop } from './siamese-loop';
import { siameseMethod, type SiameseParts } from './siamese-method';
import { PRESETS } from './siamese-settings';
import { batchTopSampling, fullyTopSampling } from './top-sampling';
import { TWO_FIDELITIES, twoFidelities } from './two-fidelities';
import { withChanges } from './with-changes';

/** The methods of the paper, in its order; the first of each figure to the last. */
const NAIVE: SiameseParts = { title: 'naive predictor', branch: 'naive', nsam: false };
const SIAMS: SiameseParts = { title: 'siams', branch: 'siamese', nsam: false };
const SIAMS_NSAM: SiameseParts = { ...SIAMS, title: 'siams +NSAM', nsam: true };

const SIAMESE: Readonly<Record<string, SiameseParts>> = {
  predictor: NAIVE,
  siams: SIAMS,
  'siams+nsam': SIAMS_NSAM,
  'siams+nsam+bts': { ...SIAMS_NSAM, title: 'siams +NSAM +BTS', acquisition: batchTopSampling },
  /** Table 1's rival of Batch Top Sampling. */
  'siams+nsam+fts': { ...SIAMS_NSAM, title: 'siams +NSAM +FTS', acquisition: fullyTopSampling },
  /** Not in the paper: what the sampling gives without the estimation code. */
  'predictor+bts': { ...NAIVE, title: 'naive predictor +BTS', acquisition: batchTopSampling },
};

/** The words that options of rivals take. */
const WORDS = {
  acquisition: ['expected-improvement', 'upper-bound', 'thompson'],
  move: ['best', 'first'],
  mutation: ['one change', 'naszilla'],
  start: ['random', 'score'],
} as const;

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 1;

/**
 * A method whose settings are plain values that a run may change; it has no presets. What is a whole number from 1 on stays
 * one.
 */
function rival<Settings extends object>(settings: Settings, make: (settings: Settings) => Method): MakeMethod {
  return ({ changes }) => {
    const changed = withChanges(settings, changes, WORDS);
    for (const [name, value] of Object.entries(changed) as [keyof Settings, unknown][]) {
      if (isCount(settings[name]) && !isCount(value))
        throw new Error(`option ${String(name)} takes a whole number from 1 on, not ${String(value)}`);
    }
    return make(changed);
  };
}

/** Rivals under their published settings, and our own search; `distinct` is an option of each. */
const RIVALS: Readonly<Record<string, MakeMethod>> = {
  'random-search': rival({ distinct: false }, ({ distinct }) => randomDraws(distinct)),
  evolution: rival(EVOLUTION_OF_NAS_BENCH_201, regularisedEvolution),
  'local-search': rival<LocalSearchSettings>({ start: 'random', move: 'best', distinct: false }, localSearch),
  'local-search-from-score': rival<LocalSearchSettings>({ start: 'score', move: 'best', distinct: false }, localSearch),
  'neural-predictor': rival(NEURAL_PREDICTOR, neuralPredictor),
  'brp-nas': rival(BRP_NAS, brpNas),
  'brp-nas-reduced': rival(BRP_NAS_REDUCED, brpNas),
  bananas: rival(BANANAS, bananas),
  'top-of-score': rival({ distinct: true }, ({ distinct }) => topOfScore(distinct)),
  'path-sum-regression': rival(PATH_SUM_REGRESSION, (settings) => gaussianProcess('path-sum regression', settings)),
  'score-prior': rival(SCORE_PRIOR, (settings) => gaussianProcess('Gaussian process with a score', settings)),
  'score-as-mean': rival(SCORE_AS_MEAN, (settings) => gaussianProcess('path sums, score as mean on trial', settings)),
  'low-score-as-mean': rival(LOW_SCORE_AS_MEAN, (settings) =>
    gaussianProcess('path sums, low score as mean on trial', settings),
  ),
  'one-hot': rival(ONE_HOT, (settings) => gaussianProcess('Gaussian process on operations', settings)),
  'two-fidelities': rival(TWO_FIDELITIES, twoFidelities),
  'scores-on-trial': rival(SCORES_ON_TRIAL, (settings) => gaussianProcess('path sums, scores on trial', settings)),
};

const known = new Map<string, MakeMethod>();
for (const [name, parts] of Object.entries(SIAMESE)) known.set(name, (options) => siameseMethod(parts, options));
known.set('siams+nsam-loop', (options) => siameseLoop({ ...SIAMS_NSAM, title: 'siams +NSAM in a loop' }, options));
for (const [name, make] of Object.entries(RIVALS)) known.set(name, make);

/** What a method has when nothing is said. */
const DEFAULT_OPTIONS: MethodOptions = { preset: PRESETS[0]!, changes: {} };

/** The names of all methods that are registered. */
export function methodNames(): string[] {
  return [...known.keys()];
}

/**
 * The method of that name. Throws an Error that lists the names there are, or as its maker for options that it does not
 * take.
 */
export function findMethod(name: string, options: Partial<MethodOptions> = {}): Method {
  const make = known.get(name);
  if (!make) throw new Error(`no method is called "${name}"; there are ${methodNames().join(', ')}`);
  return make({ ...DEFAULT_OPTIONS, ...options });
}

/**
 * Makes a method known by a name, so that runs, records and figures work with it.
 *
 * @param name small letters, digits, `+`, `-` and `.`
 * @throws Error for another name, or for one that another method has
 */
export function registerMethod(name: string, make: MakeMethod): void {
  if (!/^[a-z0-9][a-z0-9+.-]*$/.test(name)) {
    throw new Error(`a method cannot be called ${JSON.stringify(name)}: small letters, digits, "+", "-" and "." do`);
  }
  if ((known.get(name) ?? make) !== make)
    throw new Error(`there is a method "${name}" already: give yours another name`);
  known.set(name, make);
}
