/** `npm run zero-cost -- networks`: snip, grasp, gradient norm, fisher, jacob_cov and NASWOT of whole networks. */
import { Argument, Command } from 'commander';
import path from 'node:path';
import { type Benchmark } from '../benchmarks/benchmark';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { type SearchSpace } from '../benchmarks/search-space';
import { type LabelledImages } from '../images/cifar10';
import { measureNetworkScores } from '../priors/measure-network-scores';
import { networkScoreStore } from '../priors/network-score-store';
import { chosenBenchmark, withBenchmark, type BenchmarkOptions } from './benchmark-option';
import { DEFAULT_WORKERS, eachExisting, integer, noteMissing, say, UsageError } from './command';
import { measureInto } from './measure-into';
import { cellsOption, chosenCells, cifarOption, cifar10From, ownTable } from './measuring-options';
import { optionWords } from './option-words';
import { parseShard, shardOf, shardSuffix, type Shard } from './shard';
import { shortPath } from './short-path';
import { isForSlurm, runOnSlurm, withSlurm, type SlurmOptions } from './slurm';

interface FileOptions extends BenchmarkOptions {
  network: string;
  classes: number;
  seed: number;
  file?: string;
}

interface MeasureOptions extends FileOptions, SlurmOptions {
  cells: string;
  workers: number;
  shard?: Shard;
  except?: string;
  cifar?: string;
}

/** The command, to be added to `zero-cost`. */
export function networkScoresCommand(): Command {
  const command = withFileOptions(
    new Command('networks')
      .enablePositionalOptions() // else options of the same name after `merge` would be this command's
      .description(
        'snip, grasp, gradient norm and, of networks of ReLUs, fisher, jacob_cov and NASWOT: of the network at PyTorch’s ' +
          'fresh weights, on 64 normalised training images of CIFAR-10. It can be stopped at any moment; started again, it ' +
          'measures what is missing.',
      ),
  )
    .addOption(cellsOption())
    .option('--workers <count>', 'processes, one a core', integer(1), DEFAULT_WORKERS)
    .option('--shard <i/n>', 'measure every n-th of the cells, from the i-th on, into a file of its own', parseShard)
    .option('--except <file>', 'leave out the cells that this table of scores has')
    .addOption(cifarOption())
    .action(measure);
  withFileOptions(
    withSlurm(command)
      .command('merge')
      .description('Joins tables of one recipe, such as the shards’, into one; refuses contradictions.')
      .addArgument(new Argument('<files...>', 'CSV files').argParser(eachExisting)),
  ).action(merge);
  return command;
}

function withFileOptions(command: Command): Command {
  return withBenchmark(command, nasBench201.name)
    .option('--network <name>', 'which of the benchmark’s networks, such as full or reduced', 'full')
    .option('--classes <count>', 'classes of the network; other than 10: random labels', integer(2), 10)
    .option('--seed <number>', 'the seed of batch and weights', integer(0), 0)
    .option(
      '--file <path>',
      'the CSV file; by default data/<benchmark>/zero-cost/<network>-<classes>[.seed-<seed>].csv',
    );
}

function tableFile(benchmark: Benchmark, { network, classes, seed, file }: FileOptions, shard?: Shard): string {
  const draw = seed === 0 ? '' : `.seed-${seed}`;
  return file ?? ownTable(benchmark, 'zero-cost', `${network}-${classes}${draw}`, shardSuffix(shard));
}

function networkMaker(benchmark: Benchmark, name: string): NonNullable<Benchmark['networks']>['full'] {
  const make = benchmark.networks?.[name];
  if (make) return make;
  const known = Object.keys(benchmark.networks ?? {});
  throw new UsageError(
    `--network ${name}: ${benchmark.title} has ${known.length > 0 ? known.join(', ') : 'no networks to be measured'}`,
  );
}

async function measure(options: MeasureOptions): Promise<void> {
  const { network, classes, seed, shard, cifar, except, workers } = options;
  const { benchmark } = await chosenBenchmark(options, nasBench201.name);
  const space = benchmark.space();
  const networkOf = networkMaker(benchmark, network);
  let positions = shardOf(chosenCells(options.cells, benchmark), shard);
  if (except !== undefined) {
    noteMissing(except);
    const known = networkScoreStore(space).read(except);
    positions = positions.filter((position) => !known.has(space.ids[position]!));
  }
  const file = tableFile(benchmark, options, shard);
  const loadImages = async (): Promise<LabelledImages> => (await cifar10From(cifar)).train;
  if (isForSlurm(options)) {
    const ids = positions.map((position) => space.ids[position]!);
    return shareOut(options, space, file, ids, loadImages);
  }
  await measureInto(
    file,
    (watched) =>
      measureNetworkScores({
        ...watched,
        space,
        recipe: { network, classes, seed },
        networkOf,
        positions,
        loadImages,
        file,
        workers,
      }),
    (position) => space.ids[position]!,
  );
}

async function shareOut(
  options: MeasureOptions,
  cellSpace: SearchSpace,
  output: string,
  items: number[],
  prepare: () => Promise<unknown>,
): Promise<void> {
  const { space, benchmark, network, classes, seed, cells, cifar } = options;
  const recipe = optionWords({ space, benchmark: benchmark && path.resolve(benchmark), network, classes, seed });
  await runOnSlurm(
    {
      name: 'zero-cost',
      output,
      ending: '.csv',
      items,
      itemsName: 'cells',
      done: (file) => networkScoreStore(cellSpace).read(file, { network, classes, seed }),
      words: ['networks', ...recipe, ...optionWords({ cells, cifar: cifar && path.resolve(cifar) })],
      prepare,
      merge: (files) => merge(files, { ...options, file: output }),
      mergeByHand: `npm run zero-cost -- networks merge ${recipe.join(' ')} --file ${output} FILES`,
    },
    options,
  );
}

async function merge(files: string[], options: FileOptions): Promise<void> {
  const { benchmark } = await chosenBenchmark(options, nasBench201.name);
  const output = tableFile(benchmark, options);
  const { network, classes, seed } = options;
  const recipe = { network, classes, seed };
  const { total, added, notes } = await networkScoreStore(benchmark.space()).merge(files, output, recipe);
  notes.forEach(say);
  console.log(`${shortPath(output)}: ${total} networks, ${added} of them new`);
}
