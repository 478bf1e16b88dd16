import path from 'node:path';
import type { Run } from '../experiments/run';
import { RunStore } from '../experiments/run-store';
import { planStacks } from '../experiments/stack-plan';
import { optionWords } from './option-words';
import { DEFAULT_TASKS, runOnSlurm, type SlurmOptions } from './slurm';

/** What `npm run reproduce` is told of its runs as they stand on the command line. */
export interface RunOptions {
  repeats: number;
  preset: string;
  codes?: string;
  accuracies?: string;
  archive?: string;
  labelSeed: number;
  /** Of the first repeat. */
  seed: number;
  /** Most repeats side by side. */
  stack: number;
}

/** What `npm run reproduce` was asked for, to be asked of each task. */
export interface SharedRuns extends SlurmOptions, RunOptions {
  figure: string;
  /** Of the benchmark: its name, and the absolute path of a module of one's own. */
  space?: string;
  extension?: string;
  budgets: readonly number[];
  methods: readonly string[];
  data: readonly string[];
  label: string;
}

/**
 * Shares runs out as an array of Slurm jobs, whole stacks of them, each task with a folder of records of its own, which
 * are merged into the store.
 *
 * @returns whether all runs are in the store now
 * @throws Error as `runOnSlurm`
 */
export async function shareOutRuns(
  options: SharedRuns,
  wanted: readonly Run[],
  store: RunStore,
  merge: (folders: string[]) => Promise<void>,
): Promise<boolean> {
  const { figure, tasks = DEFAULT_TASKS } = options;
  const request = [figure, ...requestWords(options)];
  const folder = path.resolve(store.folder);
  const done = (output: string): { has(runs: readonly Run[]): boolean } => {
    // The folder of script and shards lies in that of the records, and its name there is that of the figure.
    const missing = new Set(
      new RunStore(output === path.join(folder, figure) ? folder : output, store.tables).missing(wanted),
    );
    return { has: (runs) => runs.every((run) => !missing.has(run)) };
  };
  await runOnSlurm(
    {
      name: 'reproduce',
      output: path.join(folder, figure),
      ending: '',
      items: planStacks(wanted, tasks, options.stack).map(({ runs }) => runs),
      itemsName: 'stacks of runs',
      done,
      words: [...request, ...optionWords({ stack: options.stack })],
      args: ({ shard, file, workers }) => optionWords({ shard, runs: file, workers, except: folder }),
      merge,
      mergeByHand: `npm run reproduce -- ${request.join(' ')} --runs ${store.folder} --merge FOLDERS`,
    },
    options,
  );
  return !options.dryRun && store.missing(wanted).length === 0;
}

/** The words of a command line that ask for the same runs. */
function requestWords(options: SharedRuns): string[] {
  const { space, extension, repeats, budgets, methods, data, label, preset, codes, seed } = options;
  const { accuracies, archive, labelSeed } = options;
  return optionWords({
    space,
    benchmark: extension,
    repeats,
    budgets: budgets.join(','),
    methods: methods.join(','),
    data: data.join(','),
    label,
    preset,
    codes,
    seed,
    accuracies: accuracies && path.resolve(accuracies),
    archive: archive && path.resolve(archive),
    'label-seed': archive && labelSeed,
  });
}
