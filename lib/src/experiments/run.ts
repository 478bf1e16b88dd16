import type { PredictorOptions } from '../predictors/predictor-options';
import { predictorPresets } from '../predictors/predictor-options';
import { trainingPresets, type TrainingSettings } from '../predictors/training-settings';
import type { UpdateTiming } from '../search/sampling-schedule';
import type { BenchmarkDataset } from '../spaces/cell-cost';
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

/**
 * The settings of a run: its preset, the method's branch and attention, and its changes.
 *
 * @throws Error for a change that names no option of the preset, or is of another type
 */
export function runSettings({ preset, method, changes }: Pick<Run, 'preset' | 'method' | 'changes'>): RunSettings {
  const options: Record<string, unknown> = { ...predictorPresets[preset] };
  delete options['codeEntries'];
  const { branch, nsam } = methods[method];
  const predictor: Record<string, unknown> = { ...options, branch, nsam };
  const training: Record<string, unknown> = { ...trainingPresets[preset] };
  const timing: Record<string, unknown> = { timing: preset };
  for (const [name, value] of Object.entries(changes)) {
    const owner = [predictor, training, timing].find((part) => typeof part[name] === typeof value);
    if (!owner || name === 'branch' || name === 'nsam') {
      const known = Object.entries({ ...options, ...training, ...timing }).filter(([, v]) => typeof v !== 'object');
      throw new Error(
        `no option ${name} takes ${JSON.stringify(value)}; the options are ${known
          .filter(([option]) => option !== 'branch' && option !== 'nsam')
          .map(([option, v]) => `${option} (${typeof v})`)
          .join(', ')}`,
      );
    }
    owner[name] = value;
  }
  return { predictor, training, ...timing } as unknown as RunSettings;
}
