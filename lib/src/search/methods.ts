/** The searches that are compared, by name (protocol §5.1). */
import type { MakeMethod, Method, MethodOptions } from './method';
import { siameseMethod, type SiameseParts } from './siamese-method';
import { PRESETS } from './siamese-settings';
import { batchTopSampling, fullyTopSampling } from './top-sampling';

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

const known = new Map<string, MakeMethod>();
for (const [name, parts] of Object.entries(SIAMESE)) known.set(name, (options) => siameseMethod(parts, options));

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
 * @param name small letters, digits, `+` and `-`
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
