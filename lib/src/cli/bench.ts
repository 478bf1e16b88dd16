/** `npm run bench`: how fast this machine trains, ranks and samples, all its cores used. */
import { Command } from 'commander';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import type { CodeStepTime } from '../priors/benchmark-code-step';
import type { NanoStepTime } from '../priors/benchmark-nano-step';
import { runTasks } from '../processes/worker-pool';
import type { BenchResult, BenchTask, PredictorTask } from './bench-worker';
import { DEFAULT_WORKERS, runCommand } from './command';
import { textTable } from './text-table';

/** One figure of the report. */
interface Measurement {
  what: string;
  method: string;
  /** Repeats that were computed side by side, in all processes together. */
  repeats: number;
  processes: number;
  value: number;
  unit: string;
  /** Tensors left over; 0 unless something leaks. */
  leftOver: number;
  /** Peak resident memory of the largest process, MiB. */
  peakMemory: number;
}

const METHODS: string[] = ['predictor', 'siams', 'siams+nsam'];
const REPEATS = [1, 10, 100];
const RANKED = 20; // repeats that rank the space side by side
const SAMPLING_BUDGET = 103; // m = 100, Table 1 of the paper

/** Does each task in a process of its own, all at once. */
async function inWorkers<Result>(tasks: readonly BenchTask[]): Promise<Result[]> {
  const results: Result[] = [];
  const module = path.join(__dirname, 'bench-worker.js');
  const keep = (result: Result): void => void results.push(result);
  const messageOf = (task: BenchTask): BenchTask => task;
  const workers = tasks.length;
  await runTasks<undefined, BenchTask, BenchTask, Result>({
    module,
    setup: undefined,
    tasks,
    messageOf,
    workers,
    keep,
  });
  return results;
}

/** Measures the same in one process a core at once, the repeats split between them. */
async function measure(
  what: string,
  unit: string,
  repeats: number,
  task: (repeats: number) => PredictorTask,
): Promise<Measurement & { backend: string }> {
  const processes = Math.min(DEFAULT_WORKERS, repeats);
  const shares = Array.from({ length: processes }, (_, i) => Math.floor((repeats + i) / processes));
  const results = await inWorkers<BenchResult>(shares.map(task));
  const slowest = Math.max(...results.map(({ seconds }) => seconds));
  return {
    what,
    method: task(1).method,
    repeats,
    processes,
    value: (slowest / repeats) * (unit === 'ms' ? 1000 : 1),
    unit,
    leftOver: Math.max(...results.map(({ leftOver }) => leftOver)),
    peakMemory: Math.max(...results.map(({ peakMemory }) => peakMemory)),
    backend: results[0]!.backend,
  };
}

interface Options {
  json?: boolean;
  /** A Python that has PyTorch; true for the one that the shell finds. */
  againstPytorch?: string | true;
}

async function bench({ json, againstPytorch }: Options): Promise<void> {
  const plan: (() => Promise<Measurement & { backend: string }>)[] = [
    ...METHODS.flatMap((method) =>
      REPEATS.map(
        (repeats) => () =>
          measure('training step, per repeat', 'ms', repeats, (share) => ({ kind: 'step', method, repeats: share })),
      ),
    ),
    ...[false, true].map((fine) => () => {
      const what = `ranking 15,625 cells, per repeat: ${fine ? 'coarse and fine' : 'coarse'}`;
      return measure(what, 's', RANKED, (share) => ({ kind: 'ranking', method: 'siams+nsam', repeats: share, fine }));
    }),
    ...(['siams+nsam+bts', 'siams+nsam+fts'] as const).map(
      (method) => () =>
        measure('one run with m = 100 (Table 1)', 's', 1, () => ({
          kind: 'sampling',
          method,
          budget: SAMPLING_BUDGET,
        })),
    ),
  ];
  const load = loadavg()[0]!; // before this adds to it
  const rows: Measurement[] = [];
  let backend = '';
  for (const [i, step] of plan.entries()) {
    const { backend: used, ...row } = await step();
    backend = used;
    rows.push(row);
    console.error(`${i + 1}/${plan.length}  ${row.what}, ${row.method}, ${row.repeats}: ${format(row)}`);
  }
  const [codes] = (await inWorkers<CodeStepTime[]>([{ kind: 'code steps' }])) as [CodeStepTime[]];
  const python = againstPytorch === true ? 'python3' : againstPytorch;
  const [nanoNetworks] = (await inWorkers<NanoStepTime[]>([{ kind: 'nano steps', python }])) as [NanoStepTime[]];
  const machine = { processor: cpus()[0]!.model, cores: cpus().length, load, node: process.version, backend };
  if (json) {
    const result = { machine, measurements: rows, estimationCodes: codes, nanoNetworks };
    return console.log(JSON.stringify(result, null, 2));
  }

  console.log(`\n${machine.processor}, ${machine.cores} cores, load ${load.toFixed(1)} before; ${backend}\n`);
  const header = ['', 'method', 'repeats', 'processes', 'result', 'peak MiB', 'tensors left over'];
  const cells = rows.map((row) => {
    const { what, method, repeats, processes, peakMemory, leftOver } = row;
    return [what, method, ...[repeats, processes].map(String), format(row), ...[peakMemory, leftOver].map(String)];
  });
  console.log(textTable(header, cells));
  console.log(`\nOne training step of an Estimation Code, 16 images, one thread\n`);
  const times = codes.map(({ recipe, cell, milliseconds, secondsPerCode }) => {
    return [`${recipe}, ${cell}`, `${milliseconds.toFixed(1)} ms`, `${secondsPerCode.toFixed(1)} s a code`];
  });
  console.log(textTable(['recipe, cell', 'step', 'in all'], times));
  console.log(`\nOne training step of a Tiny-NanoBench network, one thread\n`);
  console.log(nanoTable(nanoNetworks, python !== undefined));
}

function nanoTable(steps: readonly NanoStepTime[], compared: boolean): string {
  const header = ['cell', 'MFLOPs', 'images', 'step', ...(compared ? ['PyTorch', 'ratio'] : [])];
  const rows = steps.map(({ cell, mflops, batch, milliseconds, pytorchMilliseconds }) => {
    const own = [cell, mflops.toFixed(1), `${batch}`, `${milliseconds.toFixed(1)} ms`];
    if (pytorchMilliseconds === undefined) return own;
    return [...own, `${pytorchMilliseconds.toFixed(1)} ms`, (milliseconds / pytorchMilliseconds).toFixed(2)];
  });
  return textTable(header, rows);
}

function format({ value, unit }: Measurement): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

void runCommand(
  new Command('bench')
    .description('Measures training steps, rankings and sampling on this machine; takes about five minutes.')
    .option('--json', 'print the result as JSON')
    .option(
      '--against-pytorch [python]',
      'time the steps of Tiny-NanoBench networks in PyTorch too, by default that of python3; three minutes more',
    )
    .action(bench),
);
