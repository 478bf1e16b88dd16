/** One process of `npm run bench`: measures what it is told to, with one thread. */
import * as tf from '@tensorflow/tfjs';
import { plannedRuns } from '../experiments/run';
import { loadRunData } from '../experiments/run-data';
import { runStack } from '../experiments/run-stack';
import { findMethod } from '../search/methods';
import type { SiameseSettings } from '../search/siamese-settings';
import type { Batches } from '../predictors/predictor';
import { PredictorStack } from '../predictors/predictor-stack';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { benchmarkCodeStep, type CodeStepTime } from '../priors/benchmark-code-step';
import { benchmarkNanoStep, type NanoStepTime } from '../priors/benchmark-nano-step';
import { serve } from '../processes/worker';
import { measureScale, type ScaleTask } from './measure-scale';
import { Random } from '../tensors/random';
import { currentBackend, useBackend } from '../tensors/backend';

/** What a worker measures of predictors. */
export type PredictorTask =
  | { kind: 'step'; method: string; repeats: number }
  | { kind: 'ranking'; method: string; repeats: number; fine: boolean }
  | { kind: 'sampling'; method: string; budget: number }
  | ScaleTask;

/** What a worker measures: that, `benchmarkCodeStep`, or `benchmarkNanoStep`. */
export type BenchTask =
  PredictorTask | { kind: 'code steps'; python?: string } | { kind: 'nano steps'; python?: string };

/** What it found of predictors. */
export interface BenchResult {
  /** Seconds of one step, of ranking the space once for all repeats, or of one run. */
  seconds: number;
  /** Tensors left over by what was measured. */
  leftOver: number;
  /** The process's peak resident memory, MiB. */
  peakMemory: number;
  backend: string;
}

const WARM_UP = 2; // seconds: V8 compiles hot code meanwhile
const MEASURE = 3; // seconds
const BATCH = 8; // protocol §3.2
const CODE_ENTRIES = 3; // protocol §6.1

function stackOf(method: string, repeats: number): PredictorStack {
  const seeds = Array.from({ length: repeats }, (_, r) => r + 1);
  const { predictor } = findMethod(method).settings as SiameseSettings;
  return new PredictorStack({ ...predictor, codeEntries: CODE_ENTRIES }, nasBench201.space().graphs, seeds);
}

function measureSteps(method: string, repeats: number): [seconds: number, leftOver: number] {
  const stack = stackOf(method, repeats);
  const random = new Random(1, 'bench');
  const { size } = nasBench201.space();
  const batch: Batches = {
    positions: Int32Array.from({ length: repeats * BATCH }, () => random.integer(size)),
    labels: Float32Array.from({ length: repeats * BATCH }, () => random.uniform()),
    codes: Float32Array.from({ length: repeats * BATCH * stack.codeEntries }, () => 1 + random.uniform()),
  };
  const step = (): Float32Array => stack.train(batch, 'huber', 1e-3);
  const during = (seconds: number): [steps: number, seconds: number] => {
    const started = performance.now();
    let steps = 0;
    do {
      step();
      steps++;
    } while (performance.now() - started < 1000 * seconds);
    return [steps, (performance.now() - started) / 1000];
  };
  during(WARM_UP);
  const before = tf.memory().numTensors;
  const [steps, seconds] = during(MEASURE);
  const leftOver = tf.memory().numTensors - before;
  stack.dispose();
  return [seconds / steps, leftOver];
}

function measureRanking(method: string, repeats: number, fine: boolean): [seconds: number, leftOver: number] {
  const stack = stackOf(method, repeats);
  const { size } = nasBench201.space();
  const cells = Int32Array.from({ length: size }, (_, i) => i);
  const rank = (count: number): void => {
    const asked = stack.seeds.map(() => cells.subarray(0, count));
    stack.predictCoarse(asked);
    if (fine)
      stack.predictFine(
        asked,
        asked.map(() => new Float32Array(count * stack.codeEntries).fill(1.5)),
      );
  };
  rank(Math.ceil(size / 10)); // warms up
  const before = tf.memory().numTensors;
  const started = performance.now();
  rank(size);
  const seconds = (performance.now() - started) / 1000;
  const leftOver = tf.memory().numTensors - before;
  stack.dispose();
  return [seconds, leftOver];
}

/** One whole run of a sampling method: pool, training, sampling, final ranking. */
function measureSampling(method: string, budget: number): [seconds: number, leftOver: number] {
  const runs = plannedRuns({
    space: nasBench201.name,
    dataset: 'cifar100',
    label: 'mean',
    preset: 'official',
    codes: nasBench201.defaultCodes!,
    methods: [method],
    budgets: [budget],
    seeds: [1],
  });
  const data = loadRunData(runs[0]!);
  const before = tf.memory().numTensors;
  const [record] = runStack(runs, data, { threads: 1 });
  return [record!.seconds, tf.memory().numTensors - before];
}

function measure(task: PredictorTask): [seconds: number, leftOver: number] {
  switch (task.kind) {
    case 'step':
      return measureSteps(task.method, task.repeats);
    case 'ranking':
      return measureRanking(task.method, task.repeats, task.fine);
    case 'sampling':
      return measureSampling(task.method, task.budget);
    case 'scale':
      return measureScale(task);
  }
}

serve<undefined, BenchTask, BenchResult | CodeStepTime[] | NanoStepTime[]>(() => async (task) => {
  if (task.kind === 'code steps') return benchmarkCodeStep(task.python);
  if (task.kind === 'nano steps') return benchmarkNanoStep(task.python);
  await useBackend();
  const [seconds, leftOver] = measure(task);
  const peakMemory = Math.round(process.resourceUsage().maxRSS / 1024);
  return { seconds, leftOver, peakMemory, backend: currentBackend().description };
});
