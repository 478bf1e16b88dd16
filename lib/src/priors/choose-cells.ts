import type { Benchmark } from '../benchmarks/benchmark';
import { equalNetworks, uniqueCells } from '../benchmarks/unique-cells';
import { loadAccuracies } from '../tables/accuracies';
import { Random } from '../tensors/random';

/** The ways to name cells that `chooseCells` knows; for help texts. */
export const CELL_CHOICES = {
  all: 'every cell, equal networks too',
  unique:
    'one cell of each network, in the order of the shuffled unique cells: any part from the start is a fair sample',
  'sample:N': 'the first N of unique',
  'spread:N':
    'N networks at equal steps through the ranking by accuracy on the first data set, from the best to the worst',
  'ids:1,2,…': 'these, by benchmark id',
} as const;

/** The order of `unique` is the same for all runs, so that they measure the same cells first. */
const SHUFFLE_SEED = 0;

/**
 * Positions of the cells that a text like `sample:150` names (see `CELL_CHOICES`), each replaced by the first cell of an
 * equal network, without repeats, apart from `all`: a code holds for all equal networks.
 *
 * @throws Error when the text names no cells, saying what was expected
 */
export function chooseCells(choice: string, benchmark: Benchmark): number[] {
  const space = benchmark.space();
  const [, kind, list] = /^([a-z]+)(?::(.*))?$/.exec(choice) ?? [];
  const fail = (expected: string): never => {
    throw new Error(`cells "${choice}": expected ${expected}`);
  };
  const shuffled = (positions: ArrayLike<number>): number[] =>
    Array.from(
      new Random(SHUFFLE_SEED, 'order of cells').sample(positions.length, positions.length),
      (i) => positions[i]!,
    );
  if (choice === 'all') return shuffled([...space.ids.keys()]);

  const { representatives, representativeOf } = equalNetworks(space);
  const networks = (positions: readonly number[]): number[] => [
    ...new Set(positions.map((position) => representativeOf[position]!)),
  ];
  // Some of the benchmark's classes hold two networks, so a class's first cell does not stand for all of it.
  const unique = (): number[] =>
    networks([...shuffled(uniqueCells(space).representatives), ...shuffled(representatives)]);
  const count = (): number => {
    const n = readInteger(list ?? '');
    return n >= 1 && n <= representatives.length ? n : fail(`${kind}:N with N from 1 to ${representatives.length}`);
  };

  if (choice === 'unique') return unique();
  if (kind === 'sample') return unique().slice(0, count());
  if (kind === 'spread') return spread(benchmark, count());
  if (kind === 'ids' && list) {
    const ids = list.split(',').map((text) => {
      const position = space.ids.indexOf(readInteger(text));
      return position >= 0 ? position : fail(`ids of ${space.name}, found "${text}"`);
    });
    return networks(ids);
  }
  return fail(`one of ${Object.keys(CELL_CHOICES).join(', ')}`);
}

/** −1 where the text is no integer in decimal digits. */
function readInteger(text: string): number {
  return /^\s*\d+\s*$/.test(text) ? Number(text) : -1;
}

/** Different networks at equal steps through the ranking by score on the first data set, best first and worst last. */
function spread(benchmark: Benchmark, count: number): number[] {
  const space = benchmark.space();
  const { values } = loadAccuracies(benchmark, Object.keys(benchmark.datasets)[0]!).score;
  const ranked = [...equalNetworks(space).representatives].sort((a, b) => values[b]! - values[a]!);
  const step = (ranked.length - 1) / Math.max(count - 1, 1);
  return Array.from({ length: count }, (_, i) => ranked[Math.round(i * step)]!);
}
