/** Measures in processes of their own, one thread each. */
import path from 'node:path';
import { runTasks } from '../processes/worker-pool';
import type { BenchResult, BenchSetup, BenchTask, PredictorTask } from './bench-worker';
import { DEFAULT_WORKERS } from './command';

/** One figure of a report. */
export interface Measurement {
  what: string;
  method: string;
  /** Repeats that were computed side by side, in all processes together. */
  repeats: number;
  processes: number;
  /** Of one repeat: the slowest process's, shared by all repeats. */
  value: number;
  unit: string;
  /** Tensors left over; 0 unless something leaks. */
  leftOver: number;
  /** Peak resident memory of the largest process, MiB. */
  peakMemory: number;
  backend: string;
}

/** Does each task in a process of its own, all at once. */
export async function inWorkers<Result>(setup: BenchSetup, tasks: readonly BenchTask[]): Promise<Result[]> {
  const results: Result[] = [];
  const module = path.join(__dirname, 'bench-worker.js');
  const keep = (result: Result): void => void results.push(result);
  const messageOf = (task: BenchTask): BenchTask => task;
  const workers = tasks.length;
  await runTasks<BenchSetup, BenchTask, BenchTask, Result>({
    module,
    setup,
    tasks,
    messageOf,
    workers,
    keep,
  });
  return results;
}

/** Measures the same in one process a core at once, the repeats split between them. */
export async function measure(
  setup: BenchSetup,
  what: string,
  unit: 's' | 'ms',
  repeats: number,
  task: (repeats: number) => PredictorTask,
): Promise<Measurement> {
  const processes = Math.min(DEFAULT_WORKERS, repeats);
  const shares = Array.from({ length: processes }, (_, i) => Math.floor((repeats + i) / processes));
  const results = await inWorkers<BenchResult>(setup, shares.map(task));
  const slowest = Math.max(...results.map(({ seconds }) => seconds));
  return {
    what,
    method: task(1).method,
    repeats,
    processes,
    value: (slowest / repeats) * (unit === 'ms' ? 1000 : 1),
    unit,
    leftOver: Math.max(...results.map(({ leftOver }) => leftOver)),
    peakMemory: Math.max(...results.map(({ peakMemory }) => peakMemory)),
    backend: results[0]!.backend,
  };
}

/** Value and unit of a figure. */
export function formatValue({ value, unit }: Pick<Measurement, 'value' | 'unit'>): string {
  return `${value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1)} ${unit}`;
}
