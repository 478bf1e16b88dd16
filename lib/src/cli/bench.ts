/** `npm run bench`: how fast this machine trains, ranks and samples, all its cores used. */
import { Command } from 'commander';
import { cpus, loadavg } from 'node:os';
import type { CodeStepTime } from '../priors/benchmark-code-step';
import type { NanoStepTime } from '../priors/benchmark-nano-step';
import { formatValue, inWorkers, measure, type Measurement } from './bench-measure';
import { pytorchStep } from './bench-pytorch';
import { runCommand, UsageError } from './command';
import { textTable } from './text-table';

const METHODS: string[] = ['predictor', 'siams', 'siams+nsam'];
const REPEATS = [1, 10, 100];
const RANKED = 20; // repeats that rank the space side by side
const SAMPLING_BUDGET = 103; // m = 100, Table 1 of the paper
const SIZES = [10_000, 100_000, 1_000_000];

type Plan = (() => Promise<Measurement>)[];

const step = (method: string, repeats: number): Promise<Measurement> =>
  measure('training step, per repeat', 'ms', repeats, (share) => ({ kind: 'step', method, repeats: share }));

const usualPlan: Plan = [
  ...METHODS.flatMap((method) => REPEATS.map((repeats) => () => step(method, repeats))),
  ...[false, true].map((fine) => () => {
    const what = `ranking 15,625 cells, per repeat: ${fine ? 'coarse and fine' : 'coarse'}`;
    return measure(what, 's', RANKED, (share) => ({ kind: 'ranking', method: 'siams+nsam', repeats: share, fine }));
  }),
  ...(['siams+nsam+bts', 'siams+nsam+fts'] as const).map((method) => () => {
    const what = 'one run with m = 100 (Table 1)';
    return measure(what, 's', 1, () => ({ kind: 'sampling', method, budget: SAMPLING_BUDGET }));
  }),
];

/** Cells of up to 10 nodes with a wiring of their own. */
const scalePlan: Plan = SIZES.flatMap((cells) => {
  const row = (title: string, what: 'ranking' | 'judging' | 'run', method: string) => () =>
    measure(`${title} ${cells.toLocaleString('en-US')} cells`, 's', 1, () => {
      return { kind: 'scale', what, method, cells, budget: SAMPLING_BUDGET };
    });
  return [
    row('ranking coarsely', 'ranking', 'siams+nsam'),
    row('judging a ranking of', 'judging', 'siams+nsam'),
    row('one run with m = 100 on', 'run', 'siams+nsam+bts'),
  ];
});

async function carryOut(plan: Plan): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const [i, one] of plan.entries()) {
    const row = await one();
    rows.push(row);
    console.error(`${i + 1}/${plan.length}  ${row.what}, ${row.method}, ${row.repeats}: ${formatValue(row)}`);
  }
  return rows;
}

interface BenchOptions {
  json?: boolean;
  scale?: boolean;
  /** A Python that has PyTorch; true for the one that the shell finds. */
  againstPytorch?: string | true;
}

async function bench({ json, scale, againstPytorch }: BenchOptions): Promise<void> {
  if (scale && againstPytorch) throw new UsageError('--scale and --against-pytorch measure different things: give one');
  const load = loadavg()[0]!; // before this adds to it
  const python = againstPytorch === true ? 'python3' : againstPytorch;
  // First, so that a Python without PyTorch is told at once.
  const pytorch = python && (await pytorchStep(python));
  const steps = [1, 100].map((repeats) => () => step('siams+nsam', repeats));
  const rows = await carryOut(pytorch ? steps : scale ? scalePlan : usualPlan);
  const [codes] = scale ? [] : await inWorkers<CodeStepTime[]>([{ kind: 'code steps', python }]);
  const [nanoNetworks] = scale ? [] : await inWorkers<NanoStepTime[]>([{ kind: 'nano steps', python }]);
  const { backend } = rows[0]!;
  const machine = { processor: cpus()[0]!.model, cores: cpus().length, load, node: process.version, backend };
  if (json) {
    const report = {
      machine,
      measurements: rows,
      estimationCodes: codes,
      nanoNetworks,
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
  if (nanoNetworks) {
    console.log(`\nOne training step of a Tiny-NanoBench network, one thread\n`);
    console.log(nanoTable(nanoNetworks, python !== undefined));
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

function nanoTable(steps: readonly NanoStepTime[], compared: boolean): string {
  const header = ['cell', 'MFLOPs', 'images', 'step', ...comparedHeader(compared)];
  const rows = steps.map(({ cell, mflops, batch, milliseconds, pytorchMilliseconds }) => {
    const own = [cell, mflops.toFixed(1), `${batch}`, `${milliseconds.toFixed(1)} ms`];
    return [...own, ...comparedTimes(milliseconds, pytorchMilliseconds)];
  });
  return textTable(header, rows);
}

void runCommand(
  new Command('bench')
    .description('Measures training steps, rankings and sampling on this machine; takes about three minutes.')
    .option('--json', 'print the result as JSON')
    .option('--scale', 'measure on 10⁴, 10⁵ and 10⁶ cells with wirings of their own instead')
    .option('--against-pytorch [python]', 'compare training steps with PyTorch, where that Python has it (python3)')
    .action(bench),
);
