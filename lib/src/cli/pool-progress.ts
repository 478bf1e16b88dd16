import type { Stack } from '../experiments/stack-plan';
import type { PoolState } from '../processes/worker-pool';

/**
 * Seconds that a pool still needs, from the speed that it had so far: the rest of each active stack and then the waiting
 * ones, each given to the worker that is free first. Undefined as long as there is nothing to go by.
 */
export function secondsLeft(state: PoolState<Stack>, now = Date.now()): number | undefined {
  const { active, waiting, busy } = state;
  const work = workDone(state);
  const seconds = active.reduce((sum, { since, reported }) => sum + (reported - since) / 1000, busy);
  if (work === 0) return undefined;
  const perWork = seconds / work;
  const free = active.map(({ task, share, reported }) =>
    Math.max(0, cost(task) * perWork * (1 - share) - (now - reported) / 1000),
  );
  if (free.length === 0) free.push(0);
  for (const stack of waiting) {
    const soonest = free.indexOf(Math.min(...free));
    free[soonest]! += cost(stack) * perWork;
  }
  return Math.max(...free);
}

/** How far a pool is, in one line: '51 % · 25/100 runs · about 3 min 20 s left · siams N=30, siams+nsam N=100'. */
export function describePool(state: PoolState<Stack>): string {
  const { done, active, waiting } = state;
  const stacks = [...done, ...active.map(({ task }) => task), ...waiting];
  const doing = active.map(({ task }) => `${task.runs[0]!.method} N=${task.runs[0]!.budget}`);
  return [
    `${Math.floor(100 * shareDone(state))} %`,
    `${countRuns(done)}/${countRuns(stacks)} runs`,
    timeLeft(secondsLeft(state)),
    [...new Set(doing)].join(', '),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Share of a pool's work that is done, 0 … 1. */
export function shareDone(state: PoolState<Stack>): number {
  const { done, active, waiting } = state;
  const all = [...done, ...active.map(({ task }) => task), ...waiting].reduce((sum, stack) => sum + cost(stack), 0);
  return all === 0 ? 0 : workDone(state) / all;
}

/** Runs of some stacks. */
export function countRuns(stacks: readonly Stack[]): number {
  return stacks.reduce((sum, { runs }) => sum + runs.length, 0);
}

/** 'about 3 min 20 s left', from seconds; undefined as long as there is nothing to go by. */
export function timeLeft(seconds: number | undefined): string {
  return seconds === undefined ? 'estimating the time left' : `about ${duration(seconds)} left`;
}

/** '45 s', '3 min 20 s', '2 h 5 min'. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function cost({ training, ranking }: Stack): number {
  return training + ranking;
}

function workDone({ done, active }: PoolState<Stack>): number {
  const finished = done.reduce((sum, stack) => sum + cost(stack), 0);
  return active.reduce((sum, { task, share }) => sum + share * cost(task), finished);
}
