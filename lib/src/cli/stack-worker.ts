/**
 * One process of a computation: gets stacks of runs from its parent, computes them with one thread, and keeps the
 * records itself: they are on disk when the parent hears of them.
 */
import type { Run } from '../experiments/run';
import { loadExtension } from '../experiments/load-extension';
import { loadRunData, type RunData, type TableOptions } from '../experiments/run-data';
import { runStack } from '../experiments/run-stack';
import { RunStore } from '../experiments/run-store';
import { serve } from '../processes/worker';
import { useBackend } from '../tensors/backend';
import type { StackMessage, StackSetup } from './compute-stacks';

let loaded: { key: string; data: RunData } | undefined;

function dataFor(run: Run, tables?: TableOptions): RunData {
  const key = JSON.stringify([run.space, run.dataset, run.label, run.codes, tables]);
  if (loaded?.key !== key) loaded = { key, data: loadRunData(run, tables) };
  return loaded.data;
}

serve<StackSetup, StackMessage, null>(async ({ folder, tables, extension }) => {
  if (extension !== undefined) await loadExtension(extension);
  await useBackend();
  return async ({ runs, trainingShare }, progress) => {
    const records = runStack(runs, dataFor(runs[0]!, tables), {
      threads: Number(process.env['TF_NUM_INTRAOP_THREADS'] ?? 0),
      progress: (done, total) => progress((trainingShare * done) / total),
    });
    await new RunStore(folder).append(records);
    return null;
  };
});
