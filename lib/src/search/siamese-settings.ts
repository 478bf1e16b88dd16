/** All settings of a siamese or naive method: those of its preset, and what is changed of them. */
import { predictorPresets, type PredictorOptions } from '../predictors/predictor-options';
import { trainingPresets, type TrainingSettings } from '../predictors/training-settings';
import type { Changes, MethodOptions } from './method';
import type { UpdateTiming } from './sampling-schedule';

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
  const predictor: Record<string, unknown> = { ...predictorPresets[preset as PresetName] };
  for (const said of ['branch', 'nsam', 'codeEntries']) delete predictor[said]; // by method and code source
  const training: Record<string, unknown> = { ...trainingPresets[preset as PresetName] };
  const timing: Record<string, unknown> = { timing: preset };
  applyChanges([predictor, training, timing], changes);
  return { predictor: { ...parts, ...predictor }, training, ...timing } as unknown as SiameseSettings;
}

function applyChanges(groups: readonly Record<string, unknown>[], changes: Changes): void {
  for (const [name, value] of Object.entries(changes)) {
    const group = groups.find((options) => optionNames(options).includes(name));
    if (!group) {
      throw new Error(`there is no option ${name}; the options are ${groups.flatMap(optionNames).join(', ')}`);
    }
    const choices: readonly unknown[] | undefined = CHOICES[name as keyof typeof CHOICES];
    if (choices ? choices.includes(value) : typeof value === typeof group[name]) group[name] = value;
    else {
      const wanted = choices?.map((choice) => JSON.stringify(choice)).join(' or ') ?? `a ${typeof group[name]}`;
      throw new Error(`option ${name} takes ${wanted}, not ${JSON.stringify(value)}`);
    }
  }
}

/** The options that can be changed: phases of the schedule, for example, are no plain values. */
function optionNames(options: Record<string, unknown>): string[] {
  return Object.keys(options).filter((name) => typeof options[name] !== 'object');
}
