/** `npm start`: the paper's main result on real data in a few minutes. */
import { Command } from 'commander';
import { resolve } from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import { findBenchmark } from '../benchmarks/registry';
import type { CurveRow } from '../charts/curve-chart';
import { figure6b } from '../charts/figure6b';
import { writeFigure } from '../charts/render';
import { curvePoints, randomPoints, type CurvePoint } from '../experiments/curve-rows';
import { quickStart } from '../experiments/figures';
import { PAPER_FIGURE_6B } from '../experiments/paper-numbers';
import { plannedRuns, seedsFrom } from '../experiments/run';
import { RunStore } from '../experiments/run-store';
import { deployedCell } from '../search/evaluation';
import { findMethod } from '../search/methods';
import { randomSearch } from '../search/random-search';
import { mean, std } from '../statistics/intervals';
import { dataFile } from '../files/data-file';
import { loadAccuracies, type Accuracies } from '../tables/accuracies';
import { loadCodes } from '../tables/load-codes';
import { DEFAULT_WORKERS, runCommand } from './command';
import { computeRuns } from './compute-runs';
import { conditions, heading, resultTable } from './result-table';
import { shortPath } from './short-path';

const LABEL = 'mean'; // the cleaner policy, for our own claims (protocol §0.1)
const FIGURES = resolve(__dirname, '../../../figures');
/** Not the project's records: whoever starts this should see predictors being trained, and go on after a stop. */
const RUNS = dataFile('runs/start');
const RANDOM_STEP = 5; // trainings between two points of random search's curve

async function start(): Promise<void> {
  const { title, preset, methods, budgets, repeats, top } = quickStart;
  const dataset = quickStart.datasets[0];
  const benchmark = findBenchmark(quickStart.spaces[0]);
  const accuracies = loadAccuracies(benchmark, dataset, { label: LABEL });
  const codes = loadCodes(benchmark, benchmark.defaultCodes!);
  const runs = plannedRuns({
    space: benchmark.name,
    dataset,
    label: LABEL,
    preset,
    codes: codes.name,
    methods,
    budgets,
    seeds: seedsFrom(1, repeats),
  });
  console.error(
    `Training ${methods.length} predictors on ${benchmark.space().size} cells of ${benchmark.title} (${accuracies.datasetTitle}), ` +
      `N = ${budgets.join(' and ')}, ${repeats} repeats each.`,
  );
  const store = new RunStore(RUNS);
  await computeRuns(runs, { store, workers: DEFAULT_WORKERS });

  const points = curvePoints(store.find(runs), top).sort((a, b) => a.x - b.x);
  const spent = budgets.map((budget) => budget + top);
  const controls = spent.flatMap((trainings) => controlPoints(trainings, repeats, benchmark, accuracies));
  console.log(`\n${heading(title, accuracies)}`);
  console.log(`${conditions(preset, codes)}\n`);
  console.log(
    resultTable([...points, ...controls], PAPER_FIGURE_6B, (trainings) =>
      randomSearch(accuracies.score.values, trainings),
    ),
  );
  console.log(
    `\nThe paper's numbers are means of 100 repeats whose labels were one undisclosed training of each cell, so they may ` +
      'lie above the bound of these labels: compare the order and the gaps, not the values.',
  );

  const reach = points.map(({ x }) => x);
  const [least, most] = [Math.min(...reach), Math.max(...reach)];
  const trainings = Array.from({ length: (most - least) / RANDOM_STEP + 1 }, (_, i) => least + RANDOM_STEP * i);
  const spec = figure6b(
    [...points, ...randomPoints(accuracies.score.values, trainings)].map(curveRow),
    PAPER_FIGURE_6B.filter(({ x }) => x <= most),
    {
      dataSet: accuracies.datasetTitle,
      labels: accuracies.policyTitle,
      codes: codes.name,
      preset,
      optimum: accuracies.best,
    },
  );
  const { svg, png } = await writeFigure(spec, 'fig6b-quick', FIGURES);
  console.log(`\nFigure: ${shortPath(svg)} and ${shortPath(png)}. Runs: ${shortPath(store.folder)}.`);
  console.log(
    [
      'Next:',
      '  npm run reproduce -- fig6 --repeats 20 --budgets 30,60,100,180   more of Fig. 6; what is there is used',
      '  npm run reproduce -- --help                                     other figures, data sets, labels, presets, codes',
      '  npm run lab                                                     the notebooks: look, change, share',
    ].join('\n'),
  );
}

/** What needs no predictor, with as many trainings in all: the top of synflow, nothing learned, and our own search. */
function controlPoints(
  trainings: number,
  repeats: number,
  benchmark: Benchmark,
  { label, score }: Accuracies,
): CurvePoint[] {
  const problem = { space: benchmark.space(), labels: label.values, codes: loadCodes(benchmark, 'synflow') };
  return ['top-of-score', 'path-sum-regression'].map((name) => {
    const method = findMethod(name);
    const found = method
      .search(problem, trainings, seedsFrom(1, repeats))
      .map(({ trained }) => score.values[deployedCell(trained, label.values)!]!);
    return {
      method: method.readsCodes ? 'top of synflow' : method.title,
      budget: trainings,
      top: 0,
      x: trainings,
      mean: mean(found),
      std: std(found),
      deployed: mean(found),
      n: repeats,
    };
  });
}

function curveRow({ method, x, mean, std, n }: CurvePoint): CurveRow {
  return { method, x, mean, std, n };
}

void runCommand(
  new Command('start')
    .description('Trains the four predictors of the paper on CIFAR-100 and compares them.')
    .action(start),
);
