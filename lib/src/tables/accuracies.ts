import { type BenchmarkDataset } from '../benchmarks/nas-bench-201/cell-cost';
import { dataFile } from '../files/data-file';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { type SearchSpace } from '../benchmarks/search-space';
import { readCellTable } from './cell-table';

/**
 * Which test accuracy is a cell's label (protocol §0.1): the mean of its trainings with different seeds, or that of one
 * training, which is what the paper's curves use. Absolute values are comparable within one policy only.
 */
export type LabelPolicy = 'mean' | 'oneTrial';

const LABEL_POLICIES: readonly LabelPolicy[] = ['mean', 'oneTrial'];

/** The accuracies of a space's cells on one data set. */
export interface Accuracies {
  dataset: BenchmarkDataset;
  label: LabelPolicy;
  /** Name of the table's column, and the table as the caller named it. */
  column: string;
  source: string;
  /** Percent, by position in the space. */
  values: Float64Array;
  /** The highest accuracy, percent, and the position and id of the first cell that has it. */
  best: number;
  bestPosition: number;
  bestId: number;
}

/** What `loadAccuracies` reads, and for which cells. */
export interface AccuracyOptions {
  /** Defaults to `mean`. */
  label?: LabelPolicy;
  /** A table of the same columns as `data/nas-bench-201.csv`, which is the default. */
  file?: string;
  /** Defaults to all of NAS-Bench-201. */
  space?: SearchSpace;
}

/** The table that comes with the project. */
const BENCHMARK_TABLE = 'nas-bench-201.csv';

/**
 * Test accuracies in percent after 200 epochs, for every cell of the space (`data/README.md` has the source). Throws an
 * Error that says where and what to do when the table is damaged (see `readCellTable`) or lacks a cell of the space.
 */
export function loadAccuracies(dataset: BenchmarkDataset, options: AccuracyOptions = {}): Accuracies {
  const { label = 'mean', file, space = nasBench201() } = options;
  if (!LABEL_POLICIES.includes(label))
    throw new Error(`no label policy is called "${label as string}"; there are ${LABEL_POLICIES.join(', ')}`);
  const path = file ?? dataFile(BENCHMARK_TABLE);
  const column = `${dataset}_test${label === 'oneTrial' ? '_one_trial' : ''}`;
  const table = readCellTable(path, space);
  if (table.missing.length > 0) {
    const first = table.missing[0]!;
    throw new Error(
      `${path}: found rows for ${space.size - table.missing.length} cells, expected all ${space.size} of ${space.name}; ` +
        `add the ${table.missing.length} missing, the first is id ${space.ids[first]!}, ${space.cells[first]!}`,
    );
  }
  const values = table.column(column, { range: { min: 0, max: 100, meaning: 'an accuracy in percent' } });
  const bestPosition = values.reduce((best, value, position) => (value > values[best]! ? position : best), 0);
  const best = values[bestPosition]!;
  if (best <= 1) {
    throw new Error(
      `${path}, column "${column}": found no accuracy above ${best}, expected percent; multiply fractions by 100`,
    );
  }
  const source = file ?? `data/${BENCHMARK_TABLE}`;
  return { dataset, label, column, source, values, best, bestPosition, bestId: space.ids[bestPosition]! };
}
