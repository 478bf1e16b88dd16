import { deployedCell, evaluateRanking } from '../search/evaluation';
import type { SearchProgress } from '../search/method';
import { findMethod } from '../search/methods';
import { stackId, type Run } from './run';
import { tableHashes, type RunData } from './run-data';
import type { RunRecord } from './run-record';
import { versions } from './versions';

/** Options of `runStack`. */
export interface StackOptions {
  /** Threads of the engine, for the record; 0 where it was left to choose. */
  threads: number;
  /** Called often: steps done and in all. A final ranking comes after the last step. */
  progress?: SearchProgress;
}

/**
 * Makes runs that differ in nothing but the seed, side by side: the method searches, what it found is judged, and a
 * record says both (protocol §5.1).
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
  const { benchmark, accuracies } = data;
  const space = benchmark.space();
  const method = findMethod(run.method, run);
  const codes = method.readsCodes ? data.codes : undefined;
  if (method.readsCodes && !codes) throw new Error(`the method ${run.method} reads codes: name a code source`);

  const problem = { space, labels: accuracies.label.values, codes };
  const seeds = runs.map(({ seed }) => seed);
  const results = method.search(problem, run.budget, seeds, progress);
  const [labels, scores] = [accuracies.label.values, accuracies.score.values];
  const judged = results.map(({ ranking, trained }) =>
    ranking
      ? evaluateRanking(ranking, trained, labels, scores)
      : { deployedAccuracy: [scores[deployedCell(trained, labels)!]!] },
  );
  const seconds = (performance.now() - started) / 1000 / runs.length;
  const { user, system } = process.cpuUsage(processor); // µs
  const made = {
    seconds,
    stack: runs.length,
    processorSeconds: (user + system) / 1e6 / runs.length,
    settings: method.settings,
    tables: tableHashes({ accuracies, codes }),
    versions: versions(threads),
    date: new Date().toISOString().slice(0, 10),
  };
  return runs.map((one, r) => {
    const { trained, codesUsed = 0, scoredCells } = results[r]!;
    return {
      ...one,
      ...judged[r],
      pool: trained.map((position) => space.ids[position]!),
      scoredCells,
      codesUsed,
      codesInTrainings: codesUsed * (codes?.trainingsPerCode ?? 0),
      ...made,
    };
  });
}
