/** `npm run bench`: how fast this machine trains, ranks and samples, all its cores used. */
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { Benchmark } from '../benchmarks/benchmark';
import type { CodeStepTime } from '../priors/benchmark-code-step';
import type { NanoStepTime } from '../priors/benchmark-nano-step';
import type { NetworkStepTime } from '../priors/benchmark-network-step';
import { formatValue, inWorkers, measure, type Measurement } from './bench-measure';
import { pytorchStep } from './bench-pytorch';
import type { BenchSetup, BenchTask } from './bench-worker';
import { chosenBenchmark, withBenchmark, type BenchmarkOptions } from './benchmark-option';
import { tenth } from '../search/tenth';
import { runCommand, UsageError } from './command';
import { textTable } from './text-table';

const METHODS: string[] = ['predictor', 'siams', 'siams+nsam'];
const REPEATS = [1, 10, 100];
const RANKED = 20; // repeats that rank the space side by side
const SAMPLING_BUDGET = 103; // m = 100, Table 1 of the paper
const SAMPLING_DATASET = 'cifar100'; // where the benchmark has it, else its first
const FEWEST_TRAINED = 10; // of a run; a smaller space is not searched
const SIZES = [10_000, 100_000, 1_000_000];

type Plan = ((setup: BenchSetup) => Promise<Measurement>)[];

const step =
  (method: string, repeats: number): Plan[number] =>
  (setup) =>
    measure(setup, 'training step, per repeat', 'ms', repeats, (share) => ({ kind: 'step', method, repeats: share }));

/** What is measured of a benchmark's cells; a run only where the benchmark has a table of accuracies. */
function spacePlan(benchmark: Benchmark): Plan {
  const { size } = benchmark.space();
  const ranking = [false, true].map((fine): Plan[number] => {
    const what = `ranking ${size.toLocaleString('en-US')} cells, per repeat: ${fine ? 'coarse and fine' : 'coarse'}`;
    return (setup) =>
      measure(setup, what, 's', RANKED, (share) => {
        return { kind: 'ranking', method: 'siams+nsam', repeats: share, fine };
      });
  });
  const budget = Math.min(SAMPLING_BUDGET, tenth(size)); // as many as a sample of a tenth can give
  const dataset = SAMPLING_DATASET in benchmark.datasets ? SAMPLING_DATASET : Object.keys(benchmark.datasets)[0]!;
  const what = budget === SAMPLING_BUDGET ? 'one run with m = 100 (Table 1)' : `one run with N = ${budget}`;
  const methods = benchmark.defaultCodes === undefined ? ['predictor+bts'] : ['siams+nsam+bts', 'siams+nsam+fts'];
  const runs = methods.map(
    (method): Plan[number] =>
      (setup) =>
        measure(setup, what, 's', 1, () => ({ kind: 'sampling', method, budget, dataset })),
  );
  const steps = METHODS.flatMap((method) => REPEATS.map((repeats) => step(method, repeats)));
  const canSearch = existsSync(benchmark.accuracies) && budget >= FEWEST_TRAINED;
  return [...steps, ...ranking, ...(canSearch ? runs : [])];
}

/** Cells of up to 10 nodes with a wiring of their own. */
const scalePlan: Plan = SIZES.flatMap((cells) => {
  const row =
    (title: string, what: 'ranking' | 'judging' | 'run', method: string): Plan[number] =>
    (setup) =>
      measure(setup, `${title} ${cells.toLocaleString('en-US')} cells`, 's', 1, () => {
        return { kind: 'scale', what, method, cells, budget: SAMPLING_BUDGET };
      });
  return [
    row('ranking coarsely', 'ranking', 'siams+nsam'),
    row('judging a ranking of', 'judging', 'siams+nsam'),
    row('one run with m = 100 on', 'run', 'siams+nsam+bts'),
  ];
});

async function carryOut(plan: Plan, setup: BenchSetup): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const [i, one] of plan.entries()) {
    const row = await one(setup);
    rows.push(row);
    console.error(`${i + 1}/${plan.length}  ${row.what}, ${row.method}, ${row.repeats}: ${formatValue(row)}`);
  }
  return rows;
}

const DEFAULT_SPACE = 'nas-bench-201';

interface BenchOptions extends BenchmarkOptions {
  json?: boolean;
  scale?: boolean;
  /** A Python that has PyTorch; true for the one that the shell finds. */
  againstPytorch?: string | true;
}

async function bench(options: BenchOptions): Promise<void> {
  const { json, scale, againstPytorch } = options;
  if (scale && againstPytorch) throw new UsageError('--scale and --against-pytorch measure different things: give one');
  const ofOneSpace = options.space !== undefined || options.benchmark !== undefined;
  if (ofOneSpace && (scale ?? againstPytorch)) {
    throw new UsageError('--scale and --against-pytorch have spaces of their own: leave --space and --benchmark out');
  }
  const { benchmark, extension } = await chosenBenchmark(options, DEFAULT_SPACE);
  const setup: BenchSetup = { space: benchmark.name, extension };
  const load = loadavg()[0]!; // before this adds to it
  const python = againstPytorch === true ? 'python3' : againstPytorch;
  // First, so that a Python without PyTorch is told at once.
  const pytorch = python && (await pytorchStep(python));
  const steps = [1, 100].map((repeats) => step('siams+nsam', repeats));
  const rows = await carryOut(pytorch ? steps : scale ? scalePlan : spacePlan(benchmark), setup);
  const inOne = async <Steps>(task: BenchTask, wanted: boolean): Promise<Steps | undefined> =>
    wanted ? (await inWorkers<Steps>(setup, [task]))[0] : undefined;
  const codes = await inOne<CodeStepTime[]>({ kind: 'code steps', python }, !scale && !ofOneSpace);
  const nanoNetworks = await inOne<NanoStepTime[]>({ kind: 'nano steps', python }, !scale && !ofOneSpace);
  const networks = await inOne<NetworkStepTime[]>({ kind: 'network steps' }, ofOneSpace);
  const { backend } = rows[0]!;
  const machine = { processor: cpus()[0]!.model, cores: cpus().length, load, node: process.version, backend };
  if (json) {
    const report = {
      machine,
      space: benchmark.name,
      measurements: rows,
      estimationCodes: codes,
      nanoNetworks,
      networks,
      pytorch: pytorch || undefined,
    };
    return console.log(JSON.stringify(report, null, 2));
  }

  console.log(`\n${machine.processor}, ${machine.cores} cores, load ${load.toFixed(1)} before; ${backend}\n`);
  const header = ['', 'method', 'repeats', 'processes', 'result', 'peak MiB', 'tensors left over'];
  const cells = rows.map((row) => {
    const { what, method, repeats, processes, peakMemory, leftOver } = row;
    return [what, method, ...[repeats, processes].map(String), formatValue(row), ...[peakMemory, leftOver].map(String)];
  });
  console.log(textTable(header, cells));
  if (pytorch) {
    const { version, milliseconds } = pytorch;
    const times = rows
      .map((row) => `${(milliseconds / row.value).toFixed(0)} times (${row.repeats} repeats)`)
      .join(', ');
    console.log(
      `\nPyTorch ${version}, one thread, one repeat: ${milliseconds.toFixed(1)} ms a step: ${times} as long\n`,
    );
  }
  if (codes) {
    const without = python === undefined ? '' : '; PyTorch’s without augmentation';
    console.log(`\nOne training step of an Estimation Code, 16 images, one thread${without}\n`);
    console.log(codeTable(codes, python !== undefined));
  }
  if (networks && networks.length > 0) {
    console.log(`\nOne training step of a network of ${benchmark.title}, one thread\n`);
    console.log(networkTable(networks, false));
  }
  if (nanoNetworks) {
    console.log(`\nOne training step of a Tiny-NanoBench network, one thread\n`);
    console.log(networkTable(nanoNetworks, python !== undefined));
  }
}

const comparedHeader = (compared: boolean): string[] => (compared ? ['PyTorch', 'ratio'] : []);

function comparedTimes(milliseconds: number, pytorch: number | undefined): string[] {
  return pytorch === undefined ? [] : [`${pytorch.toFixed(1)} ms`, (milliseconds / pytorch).toFixed(2)];
}

function codeTable(steps: readonly CodeStepTime[], compared: boolean): string {
  const rows = steps.map(({ recipe, cell, milliseconds, secondsPerCode, pytorchMilliseconds }) => {
    const own = [`${recipe}, ${cell}`, `${milliseconds.toFixed(1)} ms`, `${secondsPerCode.toFixed(1)} s a code`];
    return [...own, ...comparedTimes(milliseconds, pytorchMilliseconds)];
  });
  return textTable(['recipe, cell', 'step', 'in all', ...comparedHeader(compared)], rows);
}

function networkTable(steps: readonly NanoStepTime[], compared: boolean): string {
  const header = ['cell', 'MFLOPs', 'images', 'step', ...comparedHeader(compared)];
  const rows = steps.map(({ cell, mflops, batch, milliseconds, pytorchMilliseconds }) => {
    const own = [cell, mflops.toFixed(1), `${batch}`, `${milliseconds.toFixed(1)} ms`];
    return [...own, ...comparedTimes(milliseconds, pytorchMilliseconds)];
  });
  return textTable(header, rows);
}

void runCommand(
  withBenchmark(new Command('bench'), DEFAULT_SPACE)
    .description(
      'Measures training steps, rankings and sampling on this machine; takes two to three minutes. With --space or ' +
        '--benchmark all of it on that space, with networks of its cells in the place of the two usual tables of networks.',
    )
    .option('--json', 'print the result as JSON')
    .option('--scale', 'measure on 10⁴, 10⁵ and 10⁶ cells with wirings of their own instead')
    .option('--against-pytorch [python]', 'compare training steps with PyTorch, where that Python has it (python3)')
    .action(bench),
);
