/** `npm run reproduce -- fig5|fig6`: all runs of a figure, resumable, and its numbers beside the paper's. */
import { Argument, Command, Option } from 'commander';
import { curvePoints } from '../experiments/curve-rows';
import { FIGURE_6A_BUDGET, figures } from '../experiments/figures';
import { methods, type MethodName } from '../experiments/methods';
import { PAPER_FIGURE_6A, PAPER_FIGURE_6B, type PaperPoint } from '../experiments/paper-numbers';
import { DEFAULT_CODES, plannedRuns, seedsFrom, type PresetName } from '../experiments/run';
import { searchSpace } from '../experiments/run-data';
import type { RunRecord } from '../experiments/run-record';
import { RunStore } from '../experiments/run-store';
import { STACK_SIZE } from '../experiments/stack-plan';
import { DEEPEST_LOOK } from '../search/evaluation';
import { randomSearch } from '../search/random-search';
import type { BenchmarkDataset } from '../benchmarks/nas-bench-201/cell-cost';
import { loadAccuracies, type Accuracies } from '../tables/accuracies';
import { CODE_SOURCES, loadCodes } from '../tables/load-codes';
import { makeFolder } from '../files/make-folder';
import { budgets, DEFAULT_WORKERS, integer, runCommand, UsageError, words } from './command';
import { computeRuns } from './compute-runs';
import { conditions, heading, resultTable } from './result-table';

type FigureName = keyof typeof figures;

interface Options {
  repeats: number;
  budgets?: number[];
  methods: MethodName[];
  data?: BenchmarkDataset[];
  label: 'mean' | 'one-trial';
  preset: PresetName;
  codes?: string;
  seed: number;
  workers: number;
  stack: number;
  runs?: string;
}

/** The command, fresh for each parsing. */
export function reproduceCommand(): Command {
  return new Command('reproduce')
    .description("Makes the runs of a figure that are missing in data/runs and prints their means beside the paper's.")
    .addArgument(new Argument('<figure>', 'the figure').choices(Object.keys(figures)))
    .option('--repeats <n>', 'trainings of each point', integer(1), figures.fig5.repeats)
    .option('--budgets <list>', 'trained cells N, such as 30,40,100 (default: 30,40,…,200)', budgets)
    .option('--methods <list>', `of ${Object.keys(methods).join(', ')}`, words(Object.keys(methods) as MethodName[]), [
      ...figures.fig5.methods,
    ])
    .option(
      '--data <list>',
      'of cifar10, cifar100, imagenet16 (default: those of the figure)',
      words(['cifar10', 'cifar100', 'imagenet16']),
    )
    .addOption(
      new Option('--label <policy>', 'whose accuracy is label and score')
        .choices(['mean', 'one-trial'])
        .default('mean'),
    )
    .addOption(
      new Option('--preset <name>', "the authors' code or the paper's text")
        .choices(['official', 'paper'])
        .default('official'),
    )
    .option('--codes <name>', `code source, of ${Object.keys(CODE_SOURCES).join(', ')} (default: ${DEFAULT_CODES})`)
    .option('--seed <s>', 'seed of the first repeat; the others follow', integer(0), 1)
    .option('--workers <n>', 'processes, one thread each', integer(1), DEFAULT_WORKERS)
    .option('--stack <n>', 'most repeats that a process trains side by side', integer(1), STACK_SIZE)
    .option('--runs <folder>', 'where records are kept (default: data/runs)')
    .action(reproduce);
}

async function reproduce(name: FigureName, options: Options): Promise<void> {
  const figure = figures[name];
  const readsCodes = options.methods.some((method) => methods[method].branch === 'siamese');
  if (options.codes !== undefined && !readsCodes)
    throw new UsageError(`--codes ${options.codes} has no effect: ${options.methods.join(', ')} read no codes`);
  const label = options.label === 'mean' ? 'mean' : 'oneTrial';
  const space = searchSpace(figure.space);
  const most = Math.floor(space.size / 10);
  const tooLarge = options.budgets?.find((budget) => budget > most);
  if (tooLarge !== undefined)
    throw new UsageError(`--budgets ${tooLarge} is more than a tenth of the ${space.size} cells: give at most ${most}`);
  const codes = readsCodes ? loadSource(options.codes ?? DEFAULT_CODES) : undefined;
  const datasets = options.data ?? figure.datasets;
  const store = openStore(options.runs);
  const plans = datasets.map((dataset) => {
    const accuracies = loadAccuracies(dataset, { label, space });
    const runs = plannedRuns({
      ...{ space: figure.space, dataset, label, preset: options.preset, codes: codes?.name ?? DEFAULT_CODES },
      methods: options.methods,
      budgets: options.budgets ?? figure.budgets,
      seeds: seedsFrom(options.seed, options.repeats),
    });
    return { accuracies, runs };
  });
  await computeRuns(
    plans.flatMap(({ runs }) => runs),
    { store, workers: options.workers, stackSize: options.stack },
  );
  for (const { accuracies, runs } of plans) {
    console.log(`\n${heading(figure.title, accuracies)}`);
    console.log(conditions(options.preset, codes));
    printTables(name, store.find(runs), accuracies);
  }
  if (name === 'fig6') console.error('\nThe picture: npm run notebooks -- 06, or open it in npm run lab.');

  /** A wrong name is wrong use; a damaged table is not. */
  function loadSource(source: string): ReturnType<typeof loadCodes> {
    try {
      return loadCodes(source, { space });
    } catch (error) {
      const { message } = error as Error;
      throw message.startsWith('unknown code source') ? new UsageError(message) : error;
    }
  }
}

function openStore(folder?: string): RunStore {
  try {
    if (folder !== undefined) makeFolder(folder);
  } catch (error) {
    throw new UsageError(`--runs ${folder} is no folder and cannot be made: ${(error as Error).message}`);
  }
  return new RunStore(folder);
}

function printTables(name: FigureName, records: readonly RunRecord[], accuracies: Accuracies): void {
  const cifar100 = accuracies.dataset === 'cifar100';
  const random = (trainings: number): number => randomSearch(accuracies.values, trainings);
  const print = (rows: readonly RunRecord[], tops: readonly number[], paper: readonly PaperPoint[]): void => {
    const points = tops.flatMap((top) => curvePoints(rows, top));
    points.sort((a, b) => a.x - b.x); // stable: methods stay in their order
    console.log(resultTable(points, cifar100 ? paper : [], random));
  };
  if (name === 'fig5') {
    console.log('The published images leave this figure out, so there are no numbers of the paper to compare with.');
    print(records, [figures.fig5.top], []);
    return;
  }
  const first = records.filter(({ budget }) => budget === FIGURE_6A_BUDGET);
  if (first.length > 0) {
    console.log(`Fig. 6a: N = ${FIGURE_6A_BUDGET}, K grows.`);
    const shown = [...new Set(PAPER_FIGURE_6A.map(({ x }) => x - FIGURE_6A_BUDGET))];
    print(
      first,
      shown.filter((top) => top <= DEEPEST_LOOK),
      PAPER_FIGURE_6A,
    );
  }
  console.log(`Fig. 6b: K = ${figures.fig6.top}, N grows.`);
  print(records, [figures.fig6.top], PAPER_FIGURE_6B);
}

if (require.main === module) void runCommand(reproduceCommand());
