import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PredictorStack } from '../predictors/predictor-stack';
import { trainPredictor } from '../predictors/train-predictor';
import { BatchTopSampling } from '../search/batch-top-sampling';
import { checkpointScorer } from '../search/checkpoint-scorer';
import { CodeLedger } from '../search/code-ledger';
import { evaluateRanking, REFINED_IN_EVALUATION } from '../search/evaluation';
import { drawPools, type SampleSource } from '../search/sample-pool';
import { samplingSchedule, updateEpochs } from '../search/sampling-schedule';
import { siameseRanking } from '../search/siamese-ranking';
import { currentBackend } from '../tensors/backend';
import { methods } from './methods';
import { runSettings, stackId, type Run } from './run';
import type { RunData } from './run-data';
import type { RunRecord, Versions } from './run-record';

/** Versions of what computes in this process; `useBackend` comes first. */
export function versions(threads: number): Versions {
  const file = path.resolve(__dirname, '../../package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  const { description, instructions } = currentBackend();
  return { package: version, backend: description, instructions, node: process.version, threads };
}

/** Options of `runStack`. */
export interface StackOptions {
  /** Threads of the engine, for the record; 0 where it was left to choose. */
  threads: number;
  /** Called often: training steps done and in all. The final ranking comes after the last step. */
  progress?: (done: number, total: number) => void;
}

/**
 * Computes runs that differ in nothing but the seed, side by side: draws the pools, trains, samples on the way where
 * the method does, ranks the whole space and evaluates the ranking (protocol §3, §4, §5.1).
 *
 * @param data from `loadRunData` of any of the runs
 * @returns a record a run
 * @throws Error for settings that do not fit each other, or a training that diverged
 */
export function runStack(runs: readonly Run[], data: RunData, { threads, progress }: StackOptions): RunRecord[] {
  const started = performance.now();
  const processor = process.cpuUsage();
  const run = runs[0]!;
  if (new Set(runs.map(stackId)).size !== 1) throw new Error('the runs of a stack may differ in nothing but the seed');
  const { space } = data;
  const accuracies = data.accuracies.values;
  const { sampling, branch } = methods[run.method];
  const codes = branch === 'siamese' ? data.codes : undefined;
  const settings = runSettings(run);
  const { training } = settings;
  const schedule = samplingSchedule(run.budget, training.heldBack);
  if (branch === 'siamese' && !codes) throw new Error(`the method ${run.method} reads codes: name a code source`);

  const ledger = codes && new CodeLedger(codes, runs.length);
  const source: SampleSource = { accuracies, readCodes: ledger?.read };
  const seeds = runs.map(({ seed }) => seed);
  const predictor = new PredictorStack(
    { ...settings.predictor, codeEntries: codes?.entries ?? 0 },
    space.graphs,
    seeds,
  );
  try {
    const pools = drawPools(seeds, sampling === 'random' ? schedule.samples : schedule.initial, source);
    const topSampling =
      sampling === 'random'
        ? undefined
        : new BatchTopSampling({
            ...{ predictor, pools, source, schedule },
            epochs: updateEpochs(settings.timing, training),
            candidates: sampling === 'batch-top' ? 'tenth' : 'all',
          });
    trainPredictor(predictor, pools, schedule.samples, training, {
      afterEpoch: topSampling?.afterEpoch,
      scoreCheckpoint: training.checkpoint === 'official' ? checkpointScorer(predictor, space.name, source) : undefined,
      progress,
    });
    const everyCell = Int32Array.from({ length: space.size }, (_, i) => i);
    const rankings = siameseRanking(
      predictor,
      seeds.map(() => everyCell),
      REFINED_IN_EVALUATION,
      source.readCodes ?? (() => new Float32Array()),
    );
    const evaluations = rankings.map((ranking) => evaluateRanking(ranking, accuracies));
    const seconds = (performance.now() - started) / 1000 / runs.length;
    const { user, system } = process.cpuUsage(processor); // µs
    const processorSeconds = (user + system) / 1e6 / runs.length;
    const shared = { seconds, stack: runs.length, processorSeconds, settings, versions: versions(threads) };
    const date = new Date().toISOString().slice(0, 10);
    return runs.map((one, r) => ({
      ...one,
      ...evaluations[r]!,
      pool: pools[r]!.positions.map((position) => space.ids[position]!),
      scoredCells: topSampling?.scoredCells ?? 0,
      codesUsed: ledger?.used(r) ?? 0,
      codesInTrainings: (ledger?.used(r) ?? 0) * (codes?.trainingsPerCode ?? 0),
      ...shared,
      date,
    }));
  } finally {
    predictor.dispose();
  }
}
