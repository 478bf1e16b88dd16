import { totalSteps } from '../predictors/training-settings';
import { samplingSchedule } from '../search/sampling-schedule';
import { methods } from './methods';
import { runSettings, stackId, type Run } from './run';
import { searchSpace } from './run-data';

/** Runs that are trained side by side in one process. */
export interface Stack {
  runs: readonly Run[];
  /** What training and final ranking are expected to cost, in seconds of one core of the machine of the README. */
  training: number;
  ranking: number;
}

/** Repeats of a full stack: more gain little and lose more when a process is stopped. */
export const STACK_SIZE = 25;

/**
 * Seconds of one core: of a training step, whatever the number of repeats; of a step, per repeat; of ranking a cell
 * coarsely, per repeat. Measured with one thread; only their ratios matter, the rest is corrected while running.
 */
const COSTS = {
  naive: { step: 0.01, repeat: 0.0004, cell: 1.8e-5 },
  siamese: { step: 0.01, repeat: 0.0012, cell: 1.8e-5 },
  nsam: { step: 0.012, repeat: 0.002, cell: 4.5e-5 },
};

/**
 * Cuts runs into stacks, in the order in which they should be made: first seeds of all points before second helpings,
 * and within that the longest first, so that the last stack does not leave other processes idle for long.
 *
 * @param size most repeats of a stack; the repeats of a point are spread evenly over its stacks
 * @param workers processes; where there are too few runs to keep all busy, stacks become smaller
 */
export function planStacks(runs: readonly Run[], workers: number, size = STACK_SIZE): Stack[] {
  const points = new Map<string, Run[]>();
  for (const run of runs) points.set(stackId(run), [...(points.get(stackId(run)) ?? []), run]);
  const limit = Math.max(1, Math.min(size, Math.ceil(runs.length / workers)));
  const work = ({ training, ranking }: Stack): number => training + ranking;
  return [...points.values()]
    .flatMap((point) => evenParts(point, limit).map((part, round) => ({ round, stack: plan(part) })))
    .sort((a, b) => a.round - b.round || work(b.stack) - work(a.stack))
    .map(({ stack }) => stack);
}

function evenParts<T>(items: readonly T[], limit: number): T[][] {
  const count = Math.ceil(items.length / limit);
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.round((i * items.length) / count), Math.round(((i + 1) * items.length) / count)),
  );
}

function plan(runs: readonly Run[]): Stack {
  const run = runs[0]!;
  const { training } = runSettings(run);
  const { branch, nsam, sampling } = methods[run.method];
  const { step, repeat, cell } = COSTS[branch === 'naive' ? 'naive' : nsam ? 'nsam' : 'siamese'];
  const size = searchSpace(run.space).size;
  const { samples, updates } = samplingSchedule(run.budget, training.heldBack);
  const share = { random: 0, 'batch-top': 0.1, 'fully-top': 1 }[sampling];
  const scored = size * share * updates.filter((count) => count > 0).length;
  return {
    runs,
    training: totalSteps(samples, training) * (step + repeat * runs.length) + scored * cell * runs.length,
    ranking: size * cell * runs.length,
  };
}
