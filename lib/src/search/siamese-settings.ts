/** All settings of a siamese or naive method: those of its preset, and what is changed of them. */
import { predictorPresets, type PredictorOptions } from '../predictors/predictor-options';
import { trainingPresets, type TrainingSettings } from '../predictors/training-settings';
import type { MethodOptions } from './method';
import type { UpdateTiming } from './sampling-schedule';
import { withChanges } from './with-changes';

/** The named presets (protocol §0). */
export type PresetName = 'official' | 'paper';

/** The named presets, the default first: the authors' code, and the paper's text. */
export const PRESETS: readonly PresetName[] = ['official', 'paper'];

/** What a method is beside its preset: the branch of its predictor, and whether it has nodes attention. */
export type PredictorParts = Pick<PredictorOptions, 'branch' | 'nsam'>;

/** All settings of a method that trains a predictor. */
export interface SiameseSettings {
  /** Without `codeEntries`, which the code source says. */
  predictor: Omit<PredictorOptions, 'codeEntries' | 'attention'>;
  training: TrainingSettings;
  /** When Batch Top Sampling adds cells (protocol §4.2). */
  timing: UpdateTiming;
}

/** What `Changes` may change. */
type Options = Omit<SiameseSettings['predictor'], 'branch' | 'nsam'> &
  TrainingSettings &
  Pick<SiameseSettings, 'timing'>;

/** The name of an option whose type lists its values. */
type Listed<Name extends keyof Options> = Options[Name] extends string | number
  ? number extends Options[Name]
    ? never
    : Name
  : never;

/** The values of the options that take few: a change may come from a notebook, where types are not checked. */
const CHOICES: { readonly [Name in keyof Options as Listed<Name>]: readonly Options[Name][] } = {
  nsamDirections: [1, 2],
  efmDirections: [1, 2],
  efmValue: ['query', 'own'],
  headMean: ['features', 'nodes'],
  paddedNodes: ['take part', 'masked'],
  loss: ['huber', 'squared'],
  checkpoint: ['last', 'official'],
  timing: ['official', 'paper'],
};

/**
 * The settings of a method: its preset, its branch and attention, and its changes.
 *
 * @throws Error for a preset that there is none of, for a change that names no option, or gives it a value that it does
 *   not take
 */
export function siameseSettings(parts: PredictorParts, { preset, changes }: MethodOptions): SiameseSettings {
  if (!PRESETS.includes(preset as PresetName)) {
    throw new Error(`no preset is called "${preset}"; there are ${PRESETS.join(', ')}`);
  }
  const name = preset as PresetName;
  // Branch and attention are the method's; how many entries a code has, its source says.
  const predictor = Object.fromEntries(
    Object.entries(predictorPresets[name]).filter(([option]) => !['branch', 'nsam', 'codeEntries'].includes(option)),
  );
  const options = withChanges({ ...predictor, ...trainingPresets[name], timing: name }, changes, CHOICES);
  return {
    predictor: { ...parts, ...pick(options, Object.keys(predictor)) },
    training: pick(options, Object.keys(trainingPresets[name])),
    timing: options.timing,
  } as SiameseSettings;
}

function pick(options: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
