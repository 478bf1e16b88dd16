/** `npm run search`: one search, printed step by step, or the next cells to train for somebody who trains them. */
import { Command } from 'commander';
import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Benchmark } from '../benchmarks/benchmark';
import type { SearchSpace } from '../benchmarks/search-space';
import type { Method, Proposal, SearchProblem, SteppedSearch } from '../search/method';
import { findMethod, methodNames } from '../search/methods';
import { loadAccuracies, type Accuracies } from '../tables/accuracies';
import { readCellTable } from '../tables/cell-table';
import { requireCoverage, type CodeTable } from '../tables/code-table';
import { loadCodes, UnknownSourceError } from '../tables/load-codes';
import { useBackend } from '../tensors/backend';
import { chosenBenchmark, withBenchmark, type BenchmarkOptions } from './benchmark-option';
import { chooseLabel } from './choose-label';
import { asUsage, existing, integer, isReaderGone, oneOf, runCommand, UsageError } from './command';
import { describePolicy } from './result-table';
import { searchProgress } from './search-progress';
import { growingTable } from './text-table';

const SPACE = 'nas-bench-201';
/** A Gaussian process: the method without --prior, and the one with it. */
const GAUSSIAN_PROCESS = 'gp';
const WITHOUT_PRIOR = 'path-sum-regression';
const WITH_PRIOR = 'score-as-mean';

const DEFAULT_TRAININGS = 30;
const DEFAULT_NEXT = 1;

interface Options extends BenchmarkOptions {
  method: string;
  data?: string;
  label?: string;
  prior?: string;
  trainings?: number;
  seed: number;
  ask?: string;
  next?: number;
}

async function run(options: Options): Promise<void> {
  refuseIdleOptions(options);
  const { benchmark } = await chosenBenchmark(options, SPACE);
  const method = chosenMethod(options);
  const accuracies = options.ask === undefined ? chosenAccuracies(options, benchmark) : undefined;
  const codes = options.prior === undefined ? undefined : loadPrior(benchmark, options.prior);
  const problem = { space: benchmark.space(), labels: accuracies?.label.values ?? [], codes };
  if (accuracies) await simulate(options, benchmark, method, problem, accuracies);
  else ask(options, benchmark, method, problem);
}

/** Options that say nothing in this use of the command are mistakes. */
function refuseIdleOptions({ ask, data, label, trainings, next }: Options): void {
  if (ask === undefined) {
    if (next !== undefined) throw new UsageError(`--next ${next} has no effect without --ask`);
    return;
  }
  for (const [option, value] of Object.entries({ data, label, trainings })) {
    if (value !== undefined)
      throw new UsageError(`--${option} ${value} has no effect with --ask: its labels are those of the file`);
  }
}

/** The accuracies that --data and --label choose. */
function chosenAccuracies({ data, label }: Options, benchmark: Benchmark): Accuracies {
  const datasets = Object.keys(benchmark.datasets);
  const dataset = oneOf('--data', data ?? datasets[0]!, datasets);
  return loadAccuracies(benchmark, dataset, { label: chooseLabel(label, [dataset], benchmark) });
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

/** The score or codes that --prior names, which a search may read of any cell. */
function loadPrior(benchmark: Benchmark, source: string): CodeTable {
  const codes = asUsage(() => loadCodes(benchmark, source), UnknownSourceError);
  asUsage(() => requireCoverage(codes, benchmark.space()), Error, `--prior ${source}: `);
  return codes;
}

/** Searches on the benchmark's own labels. */
async function simulate(
  { trainings = DEFAULT_TRAININGS, seed }: Options,
  benchmark: Benchmark,
  method: Method,
  problem: SearchProblem,
  accuracies: Accuracies,
): Promise<void> {
  const proposals = method.start
    ? trainedInSteps(method.start(problem, seed), problem, trainings)
    : await trainedAtOnce(method, problem, trainings, seed);
  console.log(
    `${method.title} on ${benchmark.title}, ${accuracies.datasetTitle}. ${describePolicy(accuracies)}; the best cell has ` +
      `${accuracies.best.toFixed(2)} %. Seed ${seed}.\n`,
  );
  const { ids, cells } = problem.space;
  const table = growingTable(
    ['cell', 'id', 'training', ...(method.start ? BELIEF : []), 'label, %', 'score of the best so far, %'],
    [...cellWidths(problem.space), `${trainings}`.length, ...(method.start ? BELIEF_WIDTHS : []), 5, 5],
  );
  console.log(table.head);
  let best: number | undefined;
  let training = 0;
  for (const proposal of proposals) {
    const { position } = proposal;
    const label = accuracies.label.values[position]!;
    if (best === undefined || label > accuracies.label.values[best]!) best = position;
    const row = [
      cells[position]!,
      `${ids[position]!}`,
      `${++training}`,
      ...(method.start ? beliefColumns(proposal) : []),
      label.toFixed(2),
      accuracies.score.values[best]!.toFixed(2),
    ];
    console.log(table.line(row));
    await nextTurn(); // else a search, which computes without a pause, would not hear of it
    if (isReaderGone()) return;
  }
  if (method.start) console.log(NOTE);
}

/** The cells that a method trains, in order, and what it believed of each, as they come. */
function trainedInSteps(search: SteppedSearch, { labels }: SearchProblem, trainings: number): Iterable<Proposal> {
  if (trainings > search.left) throw new UsageError(`--trainings ${trainings}: there are ${search.left} to train`);
  return proposed(search, trainings, ({ position }) => search.tell(position, labels[position]!));
}

/** Cells asked for one by one, so that each can be shown before the next is computed. */
function* proposed(search: SteppedSearch, count: number, then?: (proposal: Proposal) => void): Iterable<Proposal> {
  for (let i = 0; i < count; i++) {
    const [proposal] = search.ask(1);
    yield proposal!;
    then?.(proposal!);
  }
}

/** The cells of a method that tells them at its end. */
async function trainedAtOnce(
  method: Method,
  problem: SearchProblem,
  trainings: number,
  seed: number,
): Promise<Proposal[]> {
  await useBackend();
  const { report, end } = searchProgress(process.stderr);
  try {
    const [result] = asUsage(
      () => method.search(problem, trainings, [seed], report),
      RangeError,
      `--trainings ${trainings}: `,
    );
    return result!.trained.map((position) => ({ position }));
  } finally {
    end();
  }
}

/** The next cells for a table of cells that were trained so far. */
function ask(
  { ask: file, next = DEFAULT_NEXT, seed }: Options,
  benchmark: Benchmark,
  method: Method,
  problem: SearchProblem,
): void {
  if (!method.start) {
    const able = methodNames().filter((name) => 'start' in findMethod(name));
    throw new UsageError(`--ask: ${method.title} cannot go on from cells that others trained; ${able.join(', ')} can`);
  }
  const trained = readCellTable(resolve(file!), benchmark.space(), { idsAlone: true });
  const column = labelColumn(file!, trained.header);
  const labels = trained.column(column, { range: { min: 0, max: 100, meaning: 'an accuracy in percent' } });
  const search = method.start(problem, seed);
  let told = 0;
  labels.forEach((label, position) => {
    if (Number.isNaN(label)) return;
    search.tell(position, label);
    told++;
  });
  if (next > search.left) throw new UsageError(`--next ${next}: ${search.left} cells are left to train`);
  const { ids, cells } = problem.space;
  console.log(
    `${told} cells of ${benchmark.title} are trained. Their labels are the column "${column}". Train next, the most ` +
      'promising first:\n',
  );
  const table = growingTable(['cell', 'id', ...BELIEF], [...cellWidths(problem.space), ...BELIEF_WIDTHS]);
  console.log(table.head);
  for (const proposal of proposed(search, next)) {
    const { position } = proposal;
    console.log(table.line([cells[position]!, `${ids[position]!}`, ...beliefColumns(proposal)]));
  }
  console.log(NOTE);
}

/** The column that a search learns from: that of labels, or where there is none that of accuracies. */
function labelColumn(file: string, header: readonly string[]): string {
  for (const wanted of ['label', 'accuracy']) {
    const found = header.filter((name) => name.toLowerCase() === wanted);
    if (found.length > 1)
      throw new UsageError(
        `${file}, line 1: found the columns ${found.join(', ')}, expected one of them; rename the others`,
      );
    if (found.length === 1) return found[0]!;
  }
  throw new UsageError(
    `${file}, line 1: found the columns ${header.join(', ')}, expected one named label or accuracy, in percent`,
  );
}

/** Of the columns of cells and ids. */
function cellWidths({ cells, ids }: SearchSpace): number[] {
  return [cells, Array.from(ids, String)].map((texts) => texts.reduce((most, { length }) => Math.max(most, length), 0));
}

const BELIEF = ['mean', '±', 'expected gain'];
const BELIEF_WIDTHS = [5, 4, 7]; // of -1.23, 1.23 and 1.2e-34
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
        'have trained: columns arch, id or both, and label or accuracy, in percent.',
    )
    .option(
      '--method <name>',
      `${GAUSSIAN_PROCESS}: ${WITHOUT_PRIOR} or, with --prior, ${WITH_PRIOR}; or one of ${methodNames().join(', ')}`,
      GAUSSIAN_PROCESS,
    )
    .option('--data <name>', 'data set (default: the first of the benchmark)')
    .option('--label <policy>', 'what trains and what judges (default: the first of the benchmark)')
    .option('--prior <source>', 'a code source, such as synflow, for a method that reads one')
    .option('--trainings <n>', `trainings of the search (default: ${DEFAULT_TRAININGS})`, integer(1))
    .option('--seed <s>', 'decides the first cells', integer(0), 1)
    .option('--ask <file>', 'a CSV of the cells trained so far', existing)
    .option('--next <b>', `with --ask: how many cells to propose (default: ${DEFAULT_NEXT})`, integer(1))
    .action(run),
);
