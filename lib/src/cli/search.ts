/** `npm run search`: one search, printed step by step, or the next cells to train for somebody who trains them. */
import { Command } from 'commander';
import { resolve } from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import type { Method, Proposal, SearchProblem } from '../search/method';
import { findMethod, methodNames } from '../search/methods';
import { loadAccuracies, type Accuracies } from '../tables/accuracies';
import { readCellTable } from '../tables/cell-table';
import { loadCodes, UnknownSourceError } from '../tables/load-codes';
import { useBackend } from '../tensors/backend';
import { chosenBenchmark, withBenchmark, type BenchmarkOptions } from './benchmark-option';
import { integer, oneOf, runCommand, UsageError } from './command';
import { describePolicy } from './result-table';
import { textTable } from './text-table';

const SPACE = 'nas-bench-201';
/** A Gaussian process: the method without --prior, and the one with it. */
const GAUSSIAN_PROCESS = 'gp';
const WITHOUT_PRIOR = 'path-sum-regression';
const WITH_PRIOR = 'score-as-mean';

interface Options extends BenchmarkOptions {
  method: string;
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
  const method = chosenMethod(options);
  const codes = options.prior === undefined ? undefined : loadPrior(benchmark, options.prior);
  const space = benchmark.space();
  if (options.ask !== undefined) return ask(options, benchmark, method, { space, labels: [], codes });
  const names = Object.keys(benchmark.labels);
  const accuracies = loadAccuracies(
    benchmark,
    oneOf('--data', options.data ?? Object.keys(benchmark.datasets)[0]!, Object.keys(benchmark.datasets)),
    { label: oneOf('--label', options.label ?? names[0]!, names) },
  );
  await simulate(options, benchmark, method, { space, labels: accuracies.label.values, codes }, accuracies);
}

/** The method of that name; `gp` is path sums, with the score as its mean where there is one. */
function chosenMethod({ method, prior }: Options): Method {
  const chosen = oneOf('--method', method, [GAUSSIAN_PROCESS, ...methodNames()]);
  const gaussian = prior === undefined ? WITHOUT_PRIOR : WITH_PRIOR;
  const name = chosen === GAUSSIAN_PROCESS ? gaussian : chosen;
  const found = findMethod(name);
  if (found.readsCodes === (prior !== undefined)) return found;
  throw new UsageError(
    prior === undefined
      ? `--method ${name} reads a score or codes: name a source by --prior, such as synflow`
      : `--prior ${prior} has no effect: ${name} reads no score`,
  );
}

/** The score or codes that --prior names. */
function loadPrior(benchmark: Benchmark, source: string): SearchProblem['codes'] {
  try {
    return loadCodes(benchmark, source);
  } catch (error) {
    throw error instanceof UnknownSourceError ? new UsageError(error.message) : error;
  }
}

/** Searches on the benchmark's own labels. */
async function simulate(
  { trainings, seed }: Options,
  benchmark: Benchmark,
  method: Method,
  problem: SearchProblem,
  accuracies: Accuracies,
): Promise<void> {
  const proposals = await trainedBy(method, problem, trainings, seed);
  console.log(
    `${method.title} on ${benchmark.title}, ${accuracies.datasetTitle}. ${describePolicy(accuracies)}; the best cell has ` +
      `${accuracies.best.toFixed(2)} %. Seed ${seed}.\n`,
  );
  const { ids, cells } = problem.space;
  let best = proposals[0]!.position;
  const rows = proposals.map((proposal, i) => {
    const { position } = proposal;
    const label = accuracies.label.values[position]!;
    if (label > accuracies.label.values[best]!) best = position;
    return [
      cells[position]!,
      `${ids[position]!}`,
      `${i + 1}`,
      ...(method.start ? beliefColumns(proposal) : []),
      label.toFixed(2),
      accuracies.score.values[best]!.toFixed(2),
    ];
  });
  const believed = method.start ? BELIEF : [];
  console.log(textTable(['cell', 'id', 'training', ...believed, 'label, %', 'score of the best so far, %'], rows));
  if (method.start) console.log(NOTE);
}

/** The cells that a method trains, in order, and what it believed of each where it is asked for every one. */
async function trainedBy(method: Method, problem: SearchProblem, trainings: number, seed: number): Promise<Proposal[]> {
  if (!method.start) {
    await useBackend();
    try {
      return method.search(problem, trainings, [seed])[0]!.trained.map((position) => ({ position }));
    } catch (error) {
      throw error instanceof RangeError ? new UsageError(`--trainings ${trainings}: ${error.message}`) : error;
    }
  }
  const search = method.start(problem, seed);
  if (trainings > search.left) throw new UsageError(`--trainings ${trainings}: there are ${search.left} to train`);
  return Array.from({ length: trainings }, () => {
    const [proposal] = search.ask(1);
    search.tell(proposal!.position, problem.labels[proposal!.position]!);
    return proposal!;
  });
}

/** The next cells for a table of cells that were trained so far. */
function ask({ ask: file, next, seed }: Options, benchmark: Benchmark, method: Method, problem: SearchProblem): void {
  if (!method.start) {
    const able = methodNames().filter((name) => 'start' in findMethod(name));
    throw new UsageError(`--ask: ${method.title} cannot go on from cells that others trained; ${able.join(', ')} can`);
  }
  const table = readCellTable(resolve(file!), benchmark.space());
  const column = table.header.find((name) => /^(label|accuracy|score)$/i.test(name));
  if (column === undefined)
    throw new UsageError(
      `${file}, line 1: found the columns ${table.header.join(', ')}, expected one named label or accuracy, in percent`,
    );
  const labels = table.column(column, { range: { min: 0, max: 100, meaning: 'an accuracy in percent' } });
  const search = method.start(problem, seed);
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
      'Searches a benchmark, by default with a Gaussian process on path sums, a training at a time, and prints what the ' +
        'model believed and what was found. With --ask FILE it proposes the next cells for a table of cells that you ' +
        'have trained: columns arch (or id) and label, in percent.',
    )
    .option(
      '--method <name>',
      `${GAUSSIAN_PROCESS}: ${WITHOUT_PRIOR} or, with --prior, ${WITH_PRIOR}; or one of ${methodNames().join(', ')}`,
      GAUSSIAN_PROCESS,
    )
    .option('--data <name>', 'data set (default: the first of the benchmark)')
    .option('--label <policy>', 'what trains and what judges (default: the first of the benchmark)')
    .option('--prior <source>', 'a code source, such as synflow, for a method that reads one')
    .option('--trainings <n>', 'trainings of the search', integer(1), 30)
    .option('--seed <s>', 'decides the first cells', integer(0), 1)
    .option('--ask <file>', 'a CSV of the cells trained so far')
    .option('--next <b>', 'with --ask: how many cells to propose', integer(1), 1)
    .action(run),
);
