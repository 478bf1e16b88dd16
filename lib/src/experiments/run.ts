import type { PredictorOptions } from '../predictors/predictor-options';
import { predictorPresets } from '../predictors/predictor-options';
import { trainingPresets, type TrainingSettings } from '../predictors/training-settings';
import type { UpdateTiming } from '../search/sampling-schedule';
import type { BenchmarkDataset } from '../benchmarks/nas-bench-201/cell-cost';
import type { LabelPolicy } from '../tables/accuracies';
import { methods, type MethodName } from './methods';

/** The spaces that runs are made on. */
export type SpaceName = 'nas-bench-201' | 'tiny-nas-bench-201';

/** The named presets (protocol §0). */
export type PresetName = 'official' | 'paper';

/** Options that differ from the preset, by their names in `PredictorOptions`, `TrainingSettings` or `timing`. */
export type Changes = Readonly<Record<string, string | number | boolean>>;

/** Everything that decides what a run gives; K is not part of it, since a run keeps its whole ranking's top. */
export interface Run {
  space: SpaceName;
  dataset: BenchmarkDataset;
  label: LabelPolicy;
  preset: PresetName;
  /** Name of the code source as `loadCodes` takes it; 'none' for a method that reads no codes. */
  codes: string;
  method: MethodName;
  changes: Changes;
  /** N, true trainings spent before the final look at the top of the ranking. */
  budget: number;
  seed: number;
}

/** What `plannedRuns` spans: every method at every budget with every seed. */
export interface RunPlan extends Omit<Run, 'method' | 'budget' | 'seed' | 'changes'> {
  methods: readonly MethodName[];
  budgets: readonly number[];
  seeds: readonly number[];
  changes?: Changes;
}

/** The code source where none is named: the only one with codes of the whole space (protocol §6.4 c). */
export const DEFAULT_CODES = 'proxy-losses';

/** The code source of methods that read none. */
export const NO_CODES = 'none';

/** All runs of a plan. Methods without estimation branch get no code source, so that every source shares their runs. */
export function plannedRuns({ methods: names, budgets, seeds, changes = {}, ...shared }: RunPlan): Run[] {
  return names.flatMap((method) => {
    const codes = methods[method].branch === 'naive' ? NO_CODES : shared.codes;
    return budgets.flatMap((budget) => seeds.map((seed) => ({ ...shared, codes, method, changes, budget, seed })));
  });
}

/** `count` seeds in a row. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** Equal for runs that are trained in one stack: all but the seed. */
export function stackId(run: Run): string {
  const changes = Object.entries(run.changes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const { space, dataset, label, preset, codes, method, budget } = run;
  return [space, dataset, label, preset, codes, method, ...changes, `N=${budget}`].join(' ');
}

/** Equal for equal runs. */
export function runId(run: Run): string {
  return `${stackId(run)} seed=${run.seed}`;
}

/** All settings of a run, its preset's and its own. */
export interface RunSettings {
  /** Without `codeEntries`, which the code source says. */
  predictor: Omit<PredictorOptions, 'codeEntries' | 'attention'>;
  training: TrainingSettings;
  /** When Batch Top Sampling adds cells (protocol §4.2). */
  timing: UpdateTiming;
}

/** What `Changes` may change. */
type Options = Omit<RunSettings['predictor'], 'branch' | 'nsam'> & TrainingSettings & Pick<RunSettings, 'timing'>;

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
 * The settings of a run: its preset, the method's branch and attention, and its changes.
 *
 * @throws Error for a change that names no option of the preset, or gives it a value that it does not take
 */
export function runSettings({ preset, method, changes }: Pick<Run, 'preset' | 'method' | 'changes'>): RunSettings {
  const predictor: Record<string, unknown> = { ...predictorPresets[preset] };
  for (const said of ['branch', 'nsam', 'codeEntries']) delete predictor[said]; // by method and code source
  const training: Record<string, unknown> = { ...trainingPresets[preset] };
  const timing: Record<string, unknown> = { timing: preset };
  const parts = [predictor, training, timing];
  for (const [name, value] of Object.entries(changes)) {
    const part = parts.find((options) => optionNames(options).includes(name));
    if (!part) throw new Error(`there is no option ${name}; the options are ${parts.flatMap(optionNames).join(', ')}`);
    const choices: readonly unknown[] | undefined = CHOICES[name as keyof typeof CHOICES];
    if (choices ? choices.includes(value) : typeof value === typeof part[name]) part[name] = value;
    else {
      const wanted = choices?.map((choice) => JSON.stringify(choice)).join(' or ') ?? `a ${typeof part[name]}`;
      throw new Error(`option ${name} takes ${wanted}, not ${JSON.stringify(value)}`);
    }
  }
  const { branch, nsam } = methods[method];
  return { predictor: { branch, nsam, ...predictor }, training, ...timing } as unknown as RunSettings;
}

/** The options that can be changed: phases of the schedule, for example, are no plain values. */
function optionNames(options: Record<string, unknown>): string[] {
  return Object.keys(options).filter((name) => typeof options[name] !== 'object');
}
