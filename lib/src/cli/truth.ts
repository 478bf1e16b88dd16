/** `npm run truth`: trains cells to a test accuracy, or merges files of them. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import { benchmarkNames, findBenchmark } from '../benchmarks/registry';
import { dataFile } from '../files/data-file';
import { networkOf } from '../benchmarks/network-of';
import { measureTruth } from '../priors/measure-truth';
import {
  PILOT_RECIPES,
  TRUTH_RECIPES,
  truthEpochs,
  truthImages,
  truthRecipe,
  type TruthRecipe,
} from '../priors/truth-recipes';
import { accuraciesOf } from '../priors/truth-pilot';
import { truthStore, type TruthDraw } from '../priors/truth-store';
import { DEFAULT_WORKERS, eachExisting, integer, list, noteMissing, runCommand, say, UsageError } from './command';
import { measureInto } from './measure-into';
import { cellsOption, chosenCells, cifarOption, cifar10From, pytorchOption, seedOption } from './measuring-options';
import { optionWords } from './option-words';
import { parseShard, shardOf, shardSuffix, type Shard } from './shard';
import { shortPath } from './short-path';
import { isForSlurm, runOnSlurm, withSlurm, type SlurmOptions } from './slurm';
import { pilotTable, runPilot } from './truth-pilot';

/** The benchmark of that name. A parser cannot demand the option: it would demand it of this command for a subcommand too. */
function benchmarkOf(space: string | undefined): Benchmark {
  if (space === undefined) throw new UsageError("required option '--space <name>' not specified");
  return findBenchmark(space);
}

/** The recipe of that name, which `recipeName` has checked. */
function recipeOf(name: string): TruthRecipe {
  return truthRecipe(name)!;
}

/** How cells are trained, whatever file they go into. */
interface TrainingOptions {
  seed: number;
  workers: number;
  cifar?: string;
  pytorch?: string;
}

interface FileOptions {
  space?: string;
  recipe: string;
  seed: number;
  file?: string;
  /** The Python that trains, or that one has trained. */
  pytorch?: string | true;
}

interface MeasureOptions extends FileOptions, TrainingOptions, SlurmOptions {
  pytorch?: string;
  cells: string;
  shard?: Shard;
  except?: string;
}

interface PilotCommand extends TrainingOptions {
  space?: string;
  recipes: string[];
  cells: string;
  against?: string;
}

function truthFile({ space, recipe, seed, file, pytorch }: FileOptions, shard?: Shard): string {
  const draw = `${seed === 0 ? '' : `.seed-${seed}`}${pytorch === undefined ? '' : '.pytorch'}`;
  return (
    file ??
    dataFile(path.join(benchmarkOf(space).name, `truth-${recipeOf(recipe).name}${draw}${shardSuffix(shard)}.csv`))
  );
}

/** What all rows of a file share, by the options. */
function drawOf({ seed, pytorch }: FileOptions): TruthDraw {
  return { seed, pytorch: pytorch !== undefined };
}

/** Trains cells by a recipe into a file, with progress. Gives false when it was stopped, which it has said then. */
async function train(
  benchmark: Benchmark,
  recipe: TruthRecipe,
  positions: readonly number[],
  file: string,
  { seed, workers, cifar, pytorch }: TrainingOptions,
): Promise<boolean> {
  const space = benchmark.space();
  return measureInto(
    file,
    (watched) =>
      measureTruth({
        ...watched,
        space,
        networkOf: (position) => networkOf(benchmark, position, recipe.network),
        positions,
        recipe,
        loadImages: async () => truthImages(recipe, await cifar10From(cifar)),
        file,
        seed,
        workers,
        pytorch,
      }),
    (position) => space.ids[position]!,
  );
}

async function measure(options: MeasureOptions): Promise<void> {
  const benchmark = benchmarkOf(options.space);
  const recipe = recipeOf(options.recipe);
  const space = benchmark.space();
  const { ids } = space;
  let positions = shardOf(chosenCells(options.cells, benchmark), options.shard);
  const file = truthFile(options, options.shard);
  if (options.except !== undefined) {
    noteMissing(options.except);
    const known = truthStore(truthEpochs(recipe), space).read(options.except);
    positions = positions.filter((position) => !known.has(ids[position]!));
  }
  if (isForSlurm(options)) return shareOut(options, recipe, file, positions.map((position) => ids[position]!)); // prettier-ignore
  await train(benchmark, recipe, positions, file, options);
}

async function shareOut(options: MeasureOptions, recipe: TruthRecipe, output: string, ids: number[]): Promise<void> {
  const { space, seed, cells, cifar, pytorch } = options;
  const same = optionWords({ space, recipe: recipe.name, seed });
  await runOnSlurm(
    {
      name: 'truth',
      output,
      ending: '.csv',
      items: ids,
      itemsName: 'cells',
      done: (file) => truthStore(truthEpochs(recipe), benchmarkOf(space).space()).read(file, drawOf(options)),
      words: [...same, ...optionWords({ pytorch, cells, cifar: cifar && path.resolve(cifar) })],
      prepare: () => cifar10From(cifar),
      merge: (files) => merge(files, { ...options, file: output }),
      mergeByHand: `npm run truth -- merge ${[...same, ...(pytorch === undefined ? [] : ['--pytorch'])].join(' ')} --file ${output} FILES`,
    },
    options,
  );
}

/** The accuracies of a table of trainings, percent by id, whose name begins with that of their recipe. */
function accuraciesIn(table: string, benchmark: Benchmark): ReadonlyMap<number, number> {
  const recipe = truthRecipe(path.basename(table).split('.')[0]!);
  if (!recipe) throw new UsageError(`--against ${table}: the name of a table has to begin with that of a recipe`);
  if (!existsSync(table)) throw new UsageError(`--against ${table}: there is no such file`);
  return accuraciesOf(truthStore(truthEpochs(recipe), benchmark.space()).read(table));
}

const isTable = (text: string): boolean => text.endsWith('.csv');

async function pilot({ recipes, against, ...options }: PilotCommand): Promise<void> {
  const benchmark = benchmarkOf(options.space);
  const known = against !== undefined && isTable(against) ? accuraciesIn(against, benchmark) : against;
  const rounds = await runPilot({
    benchmark,
    recipes,
    positions: chosenCells(options.cells, benchmark),
    against: known,
    file: (recipe) => dataFile(path.join(benchmark.name, 'truth-pilot', `${recipe}.csv`)),
    train: (recipe, positions, file) => train(benchmark, truthRecipe(recipe)!, positions, file, options),
  });
  for (const { cells, rows } of rounds ?? []) console.log(`Judged on ${cells} cells:\n\n${pilotTable(rows)}\n`);
}

async function merge(files: string[], options: FileOptions): Promise<void> {
  const output = truthFile(options);
  const epochs = truthEpochs(recipeOf(options.recipe));
  const space = benchmarkOf(options.space).space();
  const { total, added, notes } = await truthStore(epochs, space).merge(files, output, drawOf(options));
  notes.forEach(say);
  console.log(`${shortPath(output)}: ${total} cells, ${added} of them new`);
}

const RECIPES = [...TRUTH_RECIPES, ...PILOT_RECIPES];
const NAMES = RECIPES.map(({ name }) => name);
const describeRecipes = (): string => RECIPES.map(({ name, about }) => `  ${name}: ${about}`).join('\n');

const spaceOption = () => new Option('--space <name>', 'whose cells').choices(benchmarkNames());

/** The name of a recipe, `<name>-long` too. */
function recipeName(text: string): string {
  if (truthRecipe(text)) return text;
  throw new InvalidArgumentError(`"${text}" is none of ${NAMES.join(', ')}, nor one of these with -long behind it.`);
}

/** The options that name a file. */
function withFileOptions(command: Command): Command {
  return command
    .addOption(spaceOption())
    .option('--recipe <name>', 'how they are trained, see below', recipeName, TRUTH_RECIPES[0]!.name)
    .option('--seed <number>', 'the seed that all cells’ seeds follow from: another one is a new draw', integer(0), 0)
    .option('--file <path>', 'the CSV file; by default data/<space>/truth-<recipe>[.seed-<seed>].csv');
}

/** The options that say who trains, and on what. */
function withTrainingOptions(command: Command): Command {
  return command
    .option('--workers <count>', 'processes, one a core', integer(1), DEFAULT_WORKERS)
    .addOption(cifarOption());
}

const command = withTrainingOptions(
  withFileOptions(
    new Command('truth')
      .enablePositionalOptions() // else options of the same name after a subcommand would be this command's
      .description(
        'Trains cells from scratch and tests them on all 10,000 test images of CIFAR-10: one line a cell.\n' +
          'It can be stopped at any moment; started again, it trains what is missing.',
      ),
  ),
)
  .addOption(cellsOption())
  .option('--shard <i/n>', 'train every n-th of the cells, from the i-th on, into a file of its own', parseShard)
  .option('--except <file>', 'leave out the cells that this file of accuracies has')
  .addOption(pytorchOption('; into a file of its own, truth-<recipe>[.seed-<seed>].pytorch.csv'))
  .addHelpText('after', `\nRecipes (with -long behind the name: five times as long):\n${describeRecipes()}`)
  .action(measure);
withSlurm(command);

withFileOptions(
  command
    .command('merge')
    .description('Joins files of one recipe, such as the shards’, into one; refuses contradictions.')
    .addArgument(new Argument('<files...>', 'CSV files').argParser(eachExisting)),
)
  .option('--pytorch', 'files of trainings in PyTorch, into truth-<recipe>[.seed-<seed>].pytorch.csv')
  .action(merge);

withTrainingOptions(
  command
    .command('pilot')
    .description(
      'Which recipe’s accuracies rank cells best: tries all on a third of the cells, the best three on all, and prints ' +
        'their rank correlations with accuracies that are known. Files go to data/<space>/truth-pilot.',
    )
    .addOption(spaceOption()),
)
  .option(
    '--recipes <names>',
    'separated by commas',
    (text) => list(text).map(recipeName),
    PILOT_RECIPES.map(({ name }) => name),
  ) // prettier-ignore
  .addOption(cellsOption().default('spread:40'))
  .option(
    '--against <recipe>',
    'the recipe that the others stand in for, or a table of its trainings (<recipe>….csv); by default the space’s own table',
    (text) => (isTable(text) ? text : recipeName(text)),
  )
  .addOption(seedOption())
  .action(pilot);

void runCommand(command);
