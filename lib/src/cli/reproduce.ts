/** `npm run reproduce -- fig5|fig6|fig7`: all runs of a figure, resumable, and its numbers beside the paper's. */
import { Argument, Command } from 'commander';
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import { benchmarkNames, findBenchmark } from '../benchmarks/registry';
import { figures, type FigureSettings } from '../experiments/figures';
import { NO_CODES, plannedRuns, seedsFrom, type Run } from '../experiments/run';
import { searchedBenchmark, type TableOptions } from '../experiments/run-data';
import { RunStore } from '../experiments/run-store';
import { planStacks, STACK_SIZE } from '../experiments/stack-plan';
import { makeFolder } from '../files/make-folder';
import { findMethod, methodNames } from '../search/methods';
import { SMALLEST_BUDGET } from '../search/sampling-schedule';
import { PRESETS } from '../search/siamese-settings';
import { tenth } from '../search/tenth';
import { loadAccuracies } from '../tables/accuracies';
import { requireCoverage, type CodeTable } from '../tables/code-table';
import { codeSources, loadCodes, UnknownSourceError } from '../tables/load-codes';
import { chosenBenchmark, withBenchmark, type BenchmarkOptions } from './benchmark-option';
import {
  asUsage,
  budgets,
  DEFAULT_WORKERS,
  existing,
  integer,
  list,
  noteMissing,
  oneOf,
  runCommand,
  someOf,
  UsageError,
} from './command';
import { chooseLabel } from './choose-label';
import { computeRuns } from './compute-runs';
import { printFigure, type FigureName } from './print-figure';
import { conditions, heading } from './result-table';
import { parseShard, shardOf, type Shard } from './shard';
import { shareOutRuns, type RunOptions, type SharedRuns } from './share-out-runs';
import { shortPath } from './short-path';
import { isForSlurm, withSlurm, type SlurmOptions } from './slurm';

interface Options extends BenchmarkOptions, SlurmOptions, RunOptions {
  budgets?: number[];
  methods?: string[];
  data?: string[];
  label?: string;
  workers: number;
  runs?: string;
  shard?: Shard;
  except?: string;
  merge?: string[];
}

/** The notebooks that draw the figures by default. */
const PICTURES: Partial<Record<FigureName, string>> = { fig6: '06', fig7: '14' };

/** More than anyone trains; a plan of all of them still fits into memory. */
const MOST_REPEATS = 100_000;

/** The command, fresh for each parsing. */
export function reproduceCommand(): Command {
  const [space] = figures.fig5.spaces;
  const known = findBenchmark(space);
  const command = new Command('reproduce')
    .description("Makes the runs of a figure that are missing in data/runs and prints their means beside the paper's.")
    .addArgument(new Argument('<figure>', 'the figure').choices(Object.keys(figures)));
  return withSlurm(withBenchmark(command, space))
    .option('--repeats <n>', 'trainings of each point', integer(1, MOST_REPEATS), figures.fig5.repeats)
    .option('--budgets <list>', 'trained cells N, such as 30,40,100 (default: those of the figure)', budgets)
    .option('--methods <list>', `of ${methodNames().join(', ')} (default: those of the figure)`, list)
    .option('--data <list>', `of ${Object.keys(known.datasets).join(', ')} (default: those of the figure)`, list)
    .option('--label <policy>', `what trains and what judges: ${Object.keys(known.labels).join(', ')}`)
    .option('--preset <name>', `the authors' code or the paper's text: ${PRESETS.join(', ')}`, PRESETS[0])
    .option(
      '--codes <name>',
      `code source, of ${Object.keys(codeSources(known)).join(', ')} (default: ${known.defaultCodes})`,
    )
    .option('--accuracies <file>', "a table of accuracies of one's own, with the benchmark's columns", existing)
    .option('--archive <folder>', 'single trainings of the benchmark, from npm run import: more labels and codes')
    .option('--label-seed <s>', 'with --archive: decides the trial that the label random-trial draws', integer(0), 0)
    .option('--seed <s>', 'seed of the first repeat; the others follow', integer(0), 1)
    .option('--workers <n>', 'processes, one thread each', integer(1), DEFAULT_WORKERS)
    .option('--stack <n>', 'most repeats that a process trains side by side', integer(1), STACK_SIZE)
    .option('--runs <folder>', 'where records are kept (default: data/runs)')
    .option('--shard <i/n>', 'make the i-th of n parts of the runs only, and print no table', parseShard)
    .option('--except <folder>', 'leave out the runs that this folder of records has')
    .option('--merge <folders...>', 'first take the records of these runs from other folders, such as the shards’')
    .addHelpText(
      'after',
      `\nThe names above are those of ${known.title}; others: ${benchmarkNames().join(', ')}.\n` +
        `fig7 is of ${figures.fig7.spaces.join(' and ')}: of the first, unless --space names the other.`,
    )
    .action(reproduce);
}

async function reproduce(name: FigureName, options: Options): Promise<void> {
  const figure: FigureSettings = figures[name];
  const { benchmark: chosen, extension } = await chosenBenchmark(options, figure.spaces[0]!);
  const tables: TableOptions = {
    accuracies: options.accuracies && resolve(options.accuracies),
    archive:
      options.archive === undefined ? undefined : { folder: resolve(options.archive), labelSeed: options.labelSeed },
  };
  const benchmark = asUsage(() => searchedBenchmark(chosen, tables)); // an archive that is not there
  if (tables.archive === undefined && options.labelSeed !== 0)
    throw new UsageError('--label-seed has a meaning with --archive only');
  const own = !figure.spaces.includes(benchmark.name);
  const methods = someOf('--methods', options.methods ?? [...figure.methods], methodNames());
  const datasets = options.data ?? (own ? Object.keys(benchmark.datasets) : figure.datasets);
  someOf('--data', datasets, Object.keys(benchmark.datasets));
  const label = chooseLabel(options.label ?? (own ? undefined : figure.label), datasets, benchmark);
  const preset = oneOf('--preset', options.preset, PRESETS);
  const codes = chooseCodes(options.codes, figure.codes?.[benchmark.name], methods, benchmark);
  const wantedBudgets = chooseBudgets(options.budgets, figure.budgets, benchmark);
  requireSpendable(wantedBudgets, methods, preset);
  const plans = datasets.map((dataset) => ({
    accuracies: loadAccuracies(benchmark, dataset, { label, file: tables.accuracies }),
    runs: plannedRuns({
      space: benchmark.name,
      dataset,
      label,
      preset,
      codes: codes?.name ?? NO_CODES,
      methods,
      budgets: wantedBudgets,
      seeds: seedsFrom(options.seed, options.repeats),
    }),
  }));
  const store = openStore(options.runs, tables);
  const wanted: Run[] = plans.flatMap(({ runs }) => runs);
  const merge = (folders: string[]): Promise<void> => mergeRecords(wanted, store, folders);
  if (isForSlurm(options)) {
    const given: SharedRuns = {
      ...options,
      figure: name,
      extension,
      methods,
      data: datasets,
      label,
      preset,
      budgets: wantedBudgets,
    };
    if (!(await shareOutRuns(given, wanted, store, merge))) return;
  }
  await merge(options.merge ?? []);
  await computeRuns(ownShare(wanted, options, tables), {
    store,
    extension,
    workers: options.workers,
    stackSize: options.stack,
  });
  if (options.shard) return;
  for (const { accuracies, runs } of plans) {
    console.log(`\n${heading(figure.title, accuracies)}`);
    console.log(conditions(preset, codes));
    printFigure(name, store.find(runs), accuracies, own ? undefined : benchmark.name);
  }
  const picture = PICTURES[name];
  if (picture && !own) console.error(`\nThe picture: npm run notebooks -- ${picture}, or open it in npm run lab.`);
}

/** The runs of a shard, without those that are there already. Shards are dealt out in stacks, which share their work. */
function ownShare(wanted: readonly Run[], { shard, stack, except }: Options, tables: TableOptions): Run[] {
  const share = shard
    ? shardOf(planStacks(wanted, shard.parts, stack), shard).flatMap(({ runs }) => runs)
    : [...wanted];
  if (except === undefined) return share;
  noteMissing(except);
  requireFolder('--except', except);
  return new RunStore(except, tables).missing(share);
}

async function mergeRecords(wanted: readonly Run[], store: RunStore, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    if (!existsSync(folder)) throw new UsageError(`--merge ${folder}: there is no such folder`);
    requireFolder('--merge', folder);
    const taken = await store.take(wanted, folder);
    console.error(`${taken} runs taken from ${shortPath(folder)}`);
  }
}

/** Throws a UsageError for something else than a folder; there may be nothing. */
function requireFolder(option: string, folder: string): void {
  const isOther = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false;
  if (isOther) throw new UsageError(`${option} ${folder}: it is no folder of records`);
}

/** The code source, for methods that read one. A wrong name is wrong use; a damaged table is not. */
function chooseCodes(
  named: string | undefined,
  usual: string | undefined,
  methods: readonly string[],
  benchmark: Benchmark,
): CodeTable | undefined {
  if (!methods.some((method) => findMethod(method).readsCodes)) {
    if (named === undefined) return undefined;
    throw new UsageError(`--codes ${named} has no effect: ${methods.join(', ')} read no codes`);
  }
  const source = named ?? usual ?? benchmark.defaultCodes;
  if (source === undefined)
    throw new UsageError(`${benchmark.title} has no codes by default: name a source by --codes`);
  const codes = asUsage(() => loadCodes(benchmark, source), UnknownSourceError);
  requireCoverage(codes, benchmark.space());
  return codes;
}

/** The budgets asked for, or those of the figure that the space is large enough for. */
function chooseBudgets(asked: number[] | undefined, usual: readonly number[], benchmark: Benchmark): number[] {
  const { size } = benchmark.space();
  const most = tenth(size); // the candidates of an update of Batch Top Sampling
  const tooLarge = asked?.find((budget) => budget > most);
  if (tooLarge !== undefined)
    throw new UsageError(`--budgets ${tooLarge} is more than a tenth of the ${size} cells: give at most ${most}`);
  const chosen = asked ?? usual.filter((budget) => budget <= most);
  if (chosen.length === 0)
    throw new UsageError(
      `a tenth of the ${size} cells is less than ${usual[0]!}: give --budgets from ${SMALLEST_BUDGET}`,
    );
  return chosen;
}

/** Throws a UsageError for a budget that a method cannot spend. */
function requireSpendable(budgets: readonly number[], methods: readonly string[], preset: string): void {
  for (const name of methods) {
    const { title, leastBudget = 1 } = findMethod(name, { preset });
    const low = budgets.find((budget) => budget < leastBudget);
    if (low !== undefined) throw new UsageError(`--budgets ${low}: ${title} needs at least ${leastBudget} trainings`);
  }
}

function openStore(folder: string | undefined, tables: TableOptions): RunStore {
  try {
    if (folder !== undefined) makeFolder(folder);
  } catch (error) {
    throw new UsageError(`--runs ${folder} is no folder and cannot be made: ${(error as Error).message}`);
  }
  return new RunStore(folder, tables);
}

if (require.main === module) void runCommand(reproduceCommand());
