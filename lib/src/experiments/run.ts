import { basename } from 'node:path';
import type { Changes } from '../search/method';
import { findMethod } from '../search/methods';

/** Everything that a run is asked for by; K is not part of it, since a run keeps its whole ranking's top. */
export interface Run {
  /** Name of the benchmark. */
  space: string;
  /** One of its data sets, and one of its label policies. */
  dataset: string;
  label: string;
  /** A named set of settings (protocol §0). */
  preset: string;
  /** Name of the code source as `loadCodes` takes it; 'none' for a method that reads no codes. */
  codes: string;
  /** Name of the method. */
  method: string;
  /** Options that differ from the preset, by their names in the method's settings. */
  changes: Changes;
  /** N, true trainings spent before the final look at the top of the ranking. */
  budget: number;
  seed: number;
}

/** What `plannedRuns` spans: every method at every budget with every seed. */
export interface RunPlan extends Omit<Run, 'method' | 'budget' | 'seed' | 'changes'> {
  methods: readonly string[];
  budgets: readonly number[];
  seeds: readonly number[];
  changes?: Changes;
}

/** The code source of methods that read none. */
export const NO_CODES = 'none';

/** All runs of a plan. Methods that read no codes get no source, so that every source shares their runs. */
export function plannedRuns({ methods, budgets, seeds, changes = {}, ...shared }: RunPlan): Run[] {
  return methods.flatMap((method) => {
    const codes = findMethod(method).readsCodes ? shared.codes : NO_CODES;
    return budgets.flatMap((budget) => seeds.map((seed) => ({ ...shared, codes, method, changes, budget, seed })));
  });
}

/** `count` seeds in a row. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** `repeats` seeds in a row, in blocks that are trained as one stack each. */
export function seedBlocks(first: number, repeats: number, size: number): number[][] {
  return Array.from({ length: Math.ceil(repeats / size) }, (_, i) =>
    seedsFrom(first + i * size, Math.min(size, repeats - i * size)),
  );
}

/** A code source's name without folders: the same file by another path is the same source (its contents decide). */
export function sourceName(codes: string): string {
  return codes.replace(/[^:]*[/\\][^:]*/, (path) => basename(path));
}

/** Equal for runs that are trained in one stack: all but the seed. */
export function stackId(run: Run): string {
  const changes = Object.entries(run.changes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const { space, dataset, label, preset, codes, method, budget } = run;
  return [space, dataset, label, preset, sourceName(codes), method, ...changes, `N=${budget}`].join(' ');
}

/** Equal for equal runs. */
export function runId(run: Run): string {
  return `${stackId(run)} seed=${run.seed}`;
}
