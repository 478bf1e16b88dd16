/** `npm run codes`: measures estimation codes of cells, or merges files of them. */
import { Argument, Command, Option } from 'commander';
import path from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import { type Network } from '../convnet/network';
import { type LabelledImages } from '../images/cifar10';
import { codeStore } from '../priors/code-store';
import { codeEntries, CODE_RECIPES, recipeImages } from '../priors/estimation-code';
import { measureCodes } from '../priors/measure-codes';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { chosenBenchmark, withBenchmark, type BenchmarkOptions } from './benchmark-option';
import { DEFAULT_WORKERS, eachExisting, integer, noteMissing, runCommand, say, UsageError } from './command';
import { measureInto } from './measure-into';
import {
  cellsOption,
  chosenCells,
  cifarOption,
  cifar10From,
  ownTable,
  pytorchOption,
  seedOption,
} from './measuring-options';
import { optionWords } from './option-words';
import { parseShard, shardOf, shardSuffix, type Shard } from './shard';
import { shortPath } from './short-path';
import { isForSlurm, runOnSlurm, withSlurm, type SlurmOptions } from './slurm';

type RecipeName = keyof typeof CODE_RECIPES;

interface MeasureOptions extends SlurmOptions, BenchmarkOptions {
  recipe: RecipeName;
  cells: string;
  workers: number;
  shard?: Shard;
  cifar?: string;
  seed: number;
  file?: string;
  except?: string;
  pytorch?: string;
}

function codesFile(benchmark: Benchmark, recipe: RecipeName, shard?: Shard): string {
  return ownTable(benchmark, 'estimation-codes', recipe, shardSuffix(shard));
}

/** The network of a recipe by position. The authors' is the full one of a space that is theirs. */
function networksOf({ title, networks }: Benchmark, recipe: RecipeName): (position: number) => Network {
  const found = networks?.[recipe] ?? (recipe === 'official' ? networks?.full : undefined);
  if (!found) throw new UsageError(`${title} has no network for the recipe "${recipe}"`);
  return found;
}

async function measure(options: MeasureOptions): Promise<void> {
  const recipe = CODE_RECIPES[options.recipe];
  const { shard, seed, workers, pytorch } = options;
  const { benchmark } = await chosenBenchmark(options, nasBench201.name);
  const space = benchmark.space();
  const networkOf = networksOf(benchmark, options.recipe);
  let positions = shardOf(chosenCells(options.cells, benchmark), shard);
  const file = options.file ?? codesFile(benchmark, options.recipe, shard);
  if (options.except !== undefined) {
    noteMissing(options.except);
    const known = codeStore(codeEntries(recipe), space).read(options.except);
    positions = positions.filter((position) => !known.has(space.ids[position]!));
  }
  const loadImages = async (): Promise<LabelledImages> => {
    const cifar10 = await cifar10From(options.cifar);
    return recipeImages(recipe, cifar10.train);
  };
  if (isForSlurm(options))
    return shareOut(
      options,
      benchmark,
      file,
      positions.map((position) => space.ids[position]!),
      loadImages,
    );
  await measureInto(
    file,
    (watched) =>
      measureCodes({
        ...watched,
        space,
        networkOf,
        positions,
        recipe,
        loadImages,
        file,
        seed,
        workers,
        pytorch,
      }),
    (position) => space.ids[position]!,
  );
}

async function shareOut(
  options: MeasureOptions,
  { space: spaceOf }: Benchmark,
  output: string,
  ids: number[],
  prepare: () => Promise<unknown>,
): Promise<void> {
  const { recipe, cells, seed, cifar, space, benchmark, pytorch } = options;
  const same = optionWords({ recipe, seed, space, benchmark: benchmark && path.resolve(benchmark) });
  await runOnSlurm(
    {
      name: 'codes',
      output,
      ending: '.csv',
      items: ids,
      itemsName: 'cells',
      done: (file) => codeStore(codeEntries(CODE_RECIPES[recipe]), spaceOf()).read(file, seed),
      words: [...same, ...optionWords({ pytorch, cells, cifar: cifar && path.resolve(cifar) })],
      prepare,
      merge: (files) => merge(files, { recipe, space, benchmark, seed, file: output }),
      mergeByHand: `npm run codes -- merge ${same.join(' ')} --file ${output} FILES`,
    },
    options,
  );
}

interface MergeOptions extends BenchmarkOptions {
  recipe: RecipeName;
  seed: number;
  file?: string;
}

async function merge(files: string[], options: MergeOptions): Promise<void> {
  const { benchmark } = await chosenBenchmark(options, nasBench201.name);
  const output = options.file ?? codesFile(benchmark, options.recipe);
  const entries = codeEntries(CODE_RECIPES[options.recipe]);
  const { total, added, notes } = await codeStore(entries, benchmark.space()).merge(files, output, options.seed);
  notes.forEach(say);
  console.log(`${shortPath(output)}: ${total} codes, ${added} of them new`);
}

const recipeOption = () =>
  new Option('--recipe <name>', 'how a code is measured').choices(Object.keys(CODE_RECIPES)).default('reduced');

const command = withBenchmark(new Command('codes'), nasBench201.name)
  .enablePositionalOptions() // else options of the same name after `merge` would be this command's
  .description(
    'Measures estimation codes: the first three training losses of cells on a tenth of CIFAR-10.\n' +
      'It can be stopped at any moment; started again, it measures what is missing.',
  )
  .addOption(recipeOption())
  .addOption(cellsOption())
  .option('--workers <count>', 'processes, one a core', integer(1), DEFAULT_WORKERS)
  .option('--shard <i/n>', 'measure every n-th of the cells, from the i-th on, into a file of its own', parseShard)
  .addOption(cifarOption())
  .addOption(seedOption())
  .option(
    '--file <path>',
    'the CSV file that the codes go into; by default data/<benchmark>/estimation-codes/<recipe>.csv',
  )
  .option('--except <file>', 'leave out the cells that this file of codes has')
  .addOption(pytorchOption())
  .action(measure);
withSlurm(command);

withBenchmark(command.command('merge'), nasBench201.name)
  .description('Joins files of codes, such as the shards’, into the recipe’s file; refuses contradictions.')
  .addArgument(new Argument('<files...>', 'CSV files of codes').argParser(eachExisting))
  .addOption(recipeOption())
  .addOption(seedOption())
  .option('--file <path>', 'the CSV file that the codes go into')
  .action(merge);

void runCommand(command);
