/** `npm run search`: one search, printed step by step, or the next cells to train for somebody who trains them. */
import { Command } from 'commander';
import { resolve } from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import {
  GaussianProcessSearch,
  PATH_SUM_REGRESSION,
  SCORES_ON_TRIAL,
  type GaussianProcessSettings,
  type Proposal,
} from '../search/gaussian-process';
import { searchModel } from '../search/gaussian-process/search-model';
import type { SearchProblem } from '../search/method';
import { loadAccuracies, type Accuracies } from '../tables/accuracies';
import { readCellTable } from '../tables/cell-table';
import { loadCodes, UnknownSourceError } from '../tables/load-codes';
import { chosenBenchmark, withBenchmark, type BenchmarkOptions } from './benchmark-option';
import { integer, oneOf, runCommand, UsageError } from './command';
import { describePolicy } from './result-table';
import { textTable } from './text-table';

const SPACE = 'nas-bench-201';

interface Options extends BenchmarkOptions {
  data?: string;
  label?: string;
  prior?: string;
  trainings: number;
  seed: number;
  ask?: string;
  next: number;
}

async function run(options: Options): Promise<void> {
  const { benchmark } = await chosenBenchmark(options, SPACE);
  const settings = options.prior === undefined ? PATH_SUM_REGRESSION : SCORES_ON_TRIAL;
  const codes = options.prior === undefined ? undefined : loadPrior(benchmark, options.prior);
  const space = benchmark.space();
  if (options.ask !== undefined) return ask(options, benchmark, settings, { space, labels: [], codes });
  const names = Object.keys(benchmark.labels);
  const accuracies = loadAccuracies(
    benchmark,
    oneOf('--data', options.data ?? Object.keys(benchmark.datasets)[0]!, Object.keys(benchmark.datasets)),
    { label: oneOf('--label', options.label ?? names[0]!, names) },
  );
  simulate(options, benchmark, settings, { space, labels: accuracies.label.values, codes }, accuracies);
}

/** A score that is on trial beside the path sums. */
function loadPrior(benchmark: Benchmark, source: string): SearchProblem['codes'] {
  try {
    return loadCodes(benchmark, source);
  } catch (error) {
    throw error instanceof UnknownSourceError ? new UsageError(error.message) : error;
  }
}

/** Searches on the benchmark's own labels. */
function simulate(
  { trainings, seed }: Options,
  benchmark: Benchmark,
  settings: GaussianProcessSettings,
  problem: SearchProblem,
  accuracies: Accuracies,
): void {
  const model = searchModel(problem, settings);
  if (trainings > model.candidates.positions.length)
    throw new UsageError(`--trainings ${trainings}: there are ${model.candidates.positions.length} different networks`);
  console.log(
    `${benchmark.title}, ${accuracies.datasetTitle}. ${describePolicy(accuracies)}; the best cell has ` +
      `${accuracies.best.toFixed(2)} %. ${model.candidates.positions.length} different networks, seed ${seed}.\n`,
  );
  const search = new GaussianProcessSearch(model, settings, seed);
  const rows: string[][] = [];
  let best = -1;
  for (let training = 1; training <= trainings; training++) {
    const [proposal] = search.ask(1);
    const { position } = proposal!;
    const label = accuracies.label.values[position]!;
    search.tell(position, label);
    if (best < 0 || label > accuracies.label.values[best]!) best = position;
    const { ids, cells } = problem.space;
    rows.push([
      cells[position]!,
      `${ids[position]!}`,
      `${training}`,
      ...beliefColumns(proposal!),
      label.toFixed(2),
      accuracies.score.values[best]!.toFixed(2),
    ]);
  }
  const columns = ['cell', 'id', 'training', ...BELIEF, 'label, %', 'score of the best so far, %'];
  console.log(textTable(columns, rows));
  console.log(NOTE);
}

/** The next cells for a table of cells that were trained so far. */
function ask(
  { ask: file, next, seed }: Options,
  benchmark: Benchmark,
  settings: GaussianProcessSettings,
  problem: SearchProblem,
): void {
  const table = readCellTable(resolve(file!), benchmark.space());
  const column = table.header.find((name) => /^(label|accuracy|score)$/i.test(name));
  if (column === undefined)
    throw new UsageError(
      `${file}, line 1: found the columns ${table.header.join(', ')}, expected one named label or accuracy, in percent`,
    );
  const labels = table.column(column, { range: { min: 0, max: 100, meaning: 'an accuracy in percent' } });
  const search = new GaussianProcessSearch(searchModel(problem, settings), settings, seed);
  let told = 0;
  labels.forEach((label, position) => {
    if (Number.isNaN(label)) return;
    search.tell(position, label);
    told++;
  });
  const proposals = search.ask(next);
  const { ids, cells } = problem.space;
  console.log(`${told} cells of ${benchmark.title} are trained. Train next, the most promising first:\n`);
  console.log(
    textTable(
      ['cell', 'id', ...BELIEF],
      proposals.map((each) => [cells[each.position]!, `${ids[each.position]!}`, ...beliefColumns(each)]),
    ),
  );
  console.log(NOTE);
}

const BELIEF = ['mean', '±', 'expected gain'];
const NOTE =
  '\nmean, ± and expected gain are what the model believed before the training, in normal scores of the labels seen so ' +
  'far\n(0: as good as the median of the trained cells); – where a cell was drawn at random.';

function beliefColumns({ belief }: Proposal): string[] {
  if (!belief) return BELIEF.map(() => '–');
  const { mean, deviation, expectedImprovement } = belief;
  return [mean.toFixed(2), deviation.toFixed(2), expectedImprovement.toPrecision(2)];
}

void runCommand(
  withBenchmark(new Command('search'), SPACE)
    .description(
      'Searches a benchmark with a Gaussian process on path sums, a training at a time, and prints what it believed and\n' +
        'found. With --ask FILE it proposes the next cells for a table of cells that you have trained: columns arch (or\n' +
        'id) and label, in percent.',
    )
    .option('--data <name>', 'data set (default: the first of the benchmark)')
    .option('--label <policy>', 'what trains and what judges (default: the first of the benchmark)')
    .option('--prior <source>', 'a code source, such as synflow: a score that is on trial beside the path sums')
    .option('--trainings <n>', 'trainings of the search', integer(1), 30)
    .option('--seed <s>', 'decides the first cells', integer(0), 1)
    .option('--ask <file>', 'a CSV of the cells trained so far')
    .option('--next <b>', 'with --ask: how many cells to propose', integer(1), 1)
    .action(run),
);
