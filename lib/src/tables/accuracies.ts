import { relative } from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import type { SearchSpace } from '../benchmarks/search-space';
import { equalNetworks } from '../benchmarks/unique-cells';
import { contentHash } from '../files/content-hash';
import { dataFile } from '../files/data-file';
import { readCellTable, type CellTable } from './cell-table';
import { requireTable } from './require-table';

/** A column of a table of accuracies. */
export interface AccuracyColumn {
  /** Its name in the table. */
  name: string;
  /** Percent, by position in the space. */
  values: Float64Array;
  /** Equal for equal values. */
  hash: string;
}

/**
 * The accuracies of a space's cells on one data set: what trains a predictor and what judges a search. The two are one
 * column in the paper (protocol §0.1); absolute values are comparable within one label policy only.
 */
export interface Accuracies {
  /** The data set's name in the benchmark, and for people. */
  dataset: string;
  datasetTitle: string;
  /** The label policy's name in the benchmark, and for people. */
  policy: string;
  policyTitle: string;
  /** What a training of a cell reveals. */
  label: AccuracyColumn;
  /** What judges. */
  score: AccuracyColumn;
  /** The table as the caller named it. */
  source: string;
  /** The highest score, percent, and the position and id of the first cell that has it. */
  best: number;
  bestPosition: number;
  bestId: number;
  /**
   * The score of the cell of the highest label, of equals the lowest, percent: what is kept of every cell trained. Below
   * `best` where one column trains and another judges: a search that keeps the best cell for a while leaves it again.
   */
  goal: number;
}

/** Which columns train and judge, in words: `cifar100_test trains and judges`. */
export function describeColumns(label: string, score: string): string {
  return label === score ? `${label} trains and judges` : `${label} trains, ${score} judges`;
}

/** The label policy with its columns, for charts and captions: `mean of trials (cifar100_test trains and judges)`. */
export function describeLabels({ policyTitle, label, score }: Accuracies): string {
  return `${policyTitle} (${describeColumns(label.name, score.name)})`;
}

/** What `loadAccuracies` reads. */
export interface AccuracyOptions {
  /** A label policy of the benchmark; by default its first. */
  label?: string;
  /** A table of one's own in the place of the benchmark's, with the same columns. */
  file?: string;
}

/**
 * Accuracies in percent for every cell of a benchmark (`data/README.md` has the sources). Throws an Error that says where
 * and what to do when the data set or the policy is unknown, or when the table is damaged (see `readCellTable`) or lacks
 * a cell of the space.
 */
export function loadAccuracies(benchmark: Benchmark, dataset: string, options: AccuracyOptions = {}): Accuracies {
  const { label: policyName = Object.keys(benchmark.labels)[0]!, file } = options;
  const { title: datasetTitle } = entry(benchmark.datasets, dataset, `${benchmark.title} has no data set`);
  const policy = entry(benchmark.labels, policyName, `${benchmark.title} has no label policy`);
  if (policy.datasets && !policy.datasets.includes(dataset)) {
    throw new Error(
      `${benchmark.title} has the label policy "${policyName}" for ${policy.datasets.join(', ')} only, not for ${dataset}`,
    );
  }
  const space = benchmark.space();
  const { measuredBy } = policy;
  const path = file ?? policy.file ?? benchmark.accuracies;
  requireTable(path, file === undefined ? measuredBy : undefined);
  const table = readCellTable(path, space);
  const donors = measuredBy === undefined ? Int32Array.from(space.ids.keys()) : sharedRows(table, space);
  const missing = table.missing.filter((position) => donors[position] === position);
  if (missing.length > 0) throw new Error(`${path}: ${describeMissing(missing, space, measuredBy)}`);
  const label = readColumn(table, policy.label(dataset), donors);
  const score = policy.score(dataset) === label.name ? label : readColumn(table, policy.score(dataset), donors);
  const bestPosition = score.values.reduce((best, value, i) => (value > score.values[best]! ? i : best), 0);
  const highest = label.values.reduce((most, value) => Math.max(most, value));
  return {
    dataset,
    datasetTitle,
    policy: policyName,
    policyTitle: policy.title,
    label,
    score,
    source: file ?? `data/${relative(dataFile('.'), path)}`,
    best: score.values[bestPosition]!,
    bestPosition,
    bestId: space.ids[bestPosition]!,
    goal: Math.min(...score.values.filter((_, i) => label.values[i] === highest)),
  };
}

/** What a table lacks and what to do; of one that is measured, in networks, since one cell of each is trained. */
function describeMissing(missing: Int32Array, space: SearchSpace, measuredBy?: string): string {
  const first = `the first is id ${space.ids[missing[0]!]!}, ${space.cells[missing[0]!]!}`;
  if (measuredBy === undefined) {
    return (
      `found rows for ${space.size - missing.length} cells, expected all ${space.size} of ${space.name}; ` +
      `add the ${missing.length} missing, ${first}`
    );
  }
  const { representatives, representativeOf } = equalNetworks(space);
  const lacking = new Set(Array.from(missing, (position) => representativeOf[position]!)).size;
  return (
    `found ${representatives.length - lacking} of the ${representatives.length} different networks of ${space.name}, and ` +
    `all are needed; measure the others, of which ${first}: ${measuredBy}`
  );
}

/** For each cell the one whose row it has: its own, or where it has none that of an equal network, or still its own. */
function sharedRows(table: CellTable, space: SearchSpace): Int32Array {
  const { representativeOf } = equalNetworks(space);
  const lacking = new Set(table.missing);
  const measured = new Map<number, number>();
  for (const position of space.ids.keys()) {
    const network = representativeOf[position]!;
    if (!lacking.has(position) && !measured.has(network)) measured.set(network, position);
  }
  return representativeOf.map((network, position) =>
    lacking.has(position) ? (measured.get(network) ?? position) : position,
  );
}

/** @param donors for each cell the one whose row it has */
function readColumn(table: CellTable, name: string, donors: Int32Array): AccuracyColumn {
  const rows = table.column(name, { range: { min: 0, max: 100, meaning: 'an accuracy in percent' } });
  const values = Float64Array.from(donors, (donor) => rows[donor]!);
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  if (highest <= 1) {
    throw new Error(
      `${table.file}, column "${name}": found no accuracy above ${highest}, expected percent; multiply fractions by 100`,
    );
  }
  return { name, values, hash: contentHash(values) };
}

/** An entry by its name; an Error that lists the names where there is none. */
function entry<T>(entries: Readonly<Record<string, T>>, name: string, none: string): T {
  const found = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (found === undefined) throw new Error(`${none} "${name}"; there are ${Object.keys(entries).join(', ')}`);
  return found;
}
