import { existsSync } from 'node:fs';
import type { Benchmark } from '../benchmarks/benchmark';
import { equalNetworks } from '../benchmarks/unique-cells';
import { readCellTable, type ColumnRange } from './cell-table';

/** The networks of a space that a table of `npm run truth` holds so far, one cell of each. */
export interface MeasuredNetworks {
  /** The measured cells by position, ascending. */
  positions: Int32Array;
  /** Percent of the test images, of each. */
  accuracies: Float64Array;
  /** Processor seconds of training and test, of each. */
  seconds: Float64Array;
  /** Different networks of the space. */
  networks: number;
  /** How far the table is, in words: '310 of 981 networks' or 'all 981 networks'. */
  extent: string;
}

/**
 * What a table that is still being measured holds. Cells are trained in the order of a seeded shuffle, so what is there is
 * a fair sample of the space's different networks. Nothing where the table is not there.
 *
 * @param label a label policy whose table is measured (`LabelPolicy.measuredBy`)
 * @param seed another draw of weights and batches lies in a file of its own
 * @throws Error for a policy that is not measured, or a damaged table (see `readCellTable`)
 */
export function measuredNetworks(benchmark: Benchmark, label: string, seed = 0): MeasuredNetworks {
  const { file, measuredBy, score } = benchmark.labels[label] ?? {};
  if (file === undefined || measuredBy === undefined || score === undefined) {
    throw new Error(`${benchmark.title} has no measured label policy "${label}"`);
  }
  const space = benchmark.space();
  const { representatives, representativeOf } = equalNetworks(space);
  const networks = representatives.length;
  const path = seed === 0 ? file : file.replace(/\.csv$/, `.seed-${seed}.csv`);
  const table = existsSync(path) ? readCellTable(path, space) : undefined;
  const missing = new Set(table?.missing ?? space.ids.keys());
  const seen = new Set<number>(); // networks, of which a table may have several cells
  const positions = Int32Array.from(space.ids.keys()).filter((position) => {
    const network = representativeOf[position]!;
    if (missing.has(position) || seen.has(network)) return false;
    seen.add(network);
    return true;
  });
  const read = (name: string, range?: ColumnRange): Float64Array => {
    const values = table?.column(name, { range });
    return Float64Array.from(positions, (position) => values![position]!);
  };
  const [count, all] = [positions.length, networks].map((number) => number.toLocaleString('en-US'));
  return {
    positions,
    accuracies: read(score(Object.keys(benchmark.datasets)[0]!), {
      min: 0,
      max: 100,
      meaning: 'an accuracy in percent',
    }),
    seconds: read('seconds'),
    networks,
    extent: count === all ? `all ${all} networks` : `${count} of ${all} networks`,
  };
}
