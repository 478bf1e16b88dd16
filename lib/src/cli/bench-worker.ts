/** One process of `npm run bench`: measures what it is told to, with one thread. */
import * as tf from '@tensorflow/tfjs';
import { loadExtension } from '../experiments/load-extension';
import { NO_CODES, plannedRuns } from '../experiments/run';
import { loadRunData } from '../experiments/run-data';
import { runStack } from '../experiments/run-stack';
import { findMethod } from '../search/methods';
import type { SiameseSettings } from '../search/siamese-settings';
import type { Batches } from '../predictors/predictor';
import { PredictorStack } from '../predictors/predictor-stack';
import { type Benchmark } from '../benchmarks/benchmark';
import { findBenchmark } from '../benchmarks/registry';
import { benchmarkCodeStep, type CodeStepTime } from '../priors/benchmark-code-step';
import { benchmarkNanoStep, type NanoStepTime } from '../priors/benchmark-nano-step';
import { benchmarkNetworkStep, type NetworkStepTime } from '../priors/benchmark-network-step';
import { serve } from '../processes/worker';
import { measureScale, type ScaleTask } from './measure-scale';
import { Random } from '../tensors/random';
import { currentBackend, useBackend } from '../tensors/backend';

/** What a worker measures of predictors. */
export type PredictorTask =
  | { kind: 'step'; method: string; repeats: number }
  | { kind: 'ranking'; method: string; repeats: number; fine: boolean }
  | { kind: 'sampling'; method: string; budget: number; dataset: string }
  | ScaleTask;

/** What a worker measures: that, or training steps of networks. */
export type BenchTask =
  | PredictorTask
  | { kind: 'code steps'; python?: string }
  | { kind: 'nano steps'; python?: string }
  | { kind: 'network steps' };

/** The benchmark whose cells are ranked and searched. */
export interface BenchSetup {
  space: string;
  /** The module that it comes from, absolute; absent for those that are known. */
  extension?: string;
}

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

function stackOf({ space }: Benchmark, method: string, repeats: number): PredictorStack {
  const seeds = Array.from({ length: repeats }, (_, r) => r + 1);
  const { predictor } = findMethod(method).settings as SiameseSettings;
  return new PredictorStack({ ...predictor, codeEntries: CODE_ENTRIES }, space().graphs, seeds);
}

function measureSteps(benchmark: Benchmark, method: string, repeats: number): [seconds: number, leftOver: number] {
  const stack = stackOf(benchmark, method, repeats);
  const random = new Random(1, 'bench');
  const { size } = benchmark.space();
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

function measureRanking(
  benchmark: Benchmark,
  method: string,
  repeats: number,
  fine: boolean,
): [seconds: number, leftOver: number] {
  const stack = stackOf(benchmark, method, repeats);
  const { size } = benchmark.space();
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
function measureSampling(
  { name, labels, defaultCodes = NO_CODES }: Benchmark,
  method: string,
  budget: number,
  dataset: string,
): [seconds: number, leftOver: number] {
  const runs = plannedRuns({
    space: name,
    dataset,
    label: Object.keys(labels)[0]!,
    preset: 'official',
    codes: defaultCodes,
    methods: [method],
    budgets: [budget],
    seeds: [1],
  });
  const data = loadRunData(runs[0]!);
  const before = tf.memory().numTensors;
  const [record] = runStack(runs, data, { threads: 1 });
  return [record!.seconds, tf.memory().numTensors - before];
}

function measure(benchmark: Benchmark, task: PredictorTask): [seconds: number, leftOver: number] {
  switch (task.kind) {
    case 'step':
      return measureSteps(benchmark, task.method, task.repeats);
    case 'ranking':
      return measureRanking(benchmark, task.method, task.repeats, task.fine);
    case 'sampling':
      return measureSampling(benchmark, task.method, task.budget, task.dataset);
    case 'scale':
      return measureScale(task);
  }
}

type Found = BenchResult | CodeStepTime[] | NanoStepTime[] | NetworkStepTime[];
serve<BenchSetup, BenchTask, Found>(async ({ space, extension }) => {
  if (extension !== undefined) await loadExtension(extension);
  const benchmark = findBenchmark(space);
  return async (task) => {
    if (task.kind === 'code steps') return benchmarkCodeStep(task.python);
    if (task.kind === 'nano steps') return benchmarkNanoStep(task.python);
    if (task.kind === 'network steps') return benchmarkNetworkStep(benchmark);
    await useBackend();
    const [seconds, leftOver] = measure(benchmark, task);
    const peakMemory = Math.round(process.resourceUsage().maxRSS / 1024);
    return { seconds, leftOver, peakMemory, backend: currentBackend().description };
  };
});
