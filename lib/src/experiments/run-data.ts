import type { Benchmark } from '../benchmarks/benchmark';
import { findBenchmark } from '../benchmarks/registry';
import { loadAccuracies, type Accuracies } from '../tables/accuracies';
import { requireCoverage, type CodeTable } from '../tables/code-table';
import { loadCodes } from '../tables/load-codes';
import { NO_CODES, type Run } from './run';

/** What runs of one benchmark, data set, label policy and code source are made on. */
export interface RunData {
  benchmark: Benchmark;
  accuracies: Accuracies;
  /** Absent for runs that read no codes. */
  codes?: CodeTable;
}

/** The contents that a run depends on, by their hashes: the same names may stand for other numbers tomorrow. */
export interface TableHashes {
  /** Of the accuracies that train, and of those that judge. */
  label: string;
  score: string;
  /** Of the codes, absent where none are read. */
  codes?: string;
}

/** Which tables stand in the place of a benchmark's own. */
export interface TableOptions {
  /** A table of accuracies, in the place of the benchmark's. */
  accuracies?: string;
  /** The folder of an imported archive (absolute), and the seed of the trials that its labels draw. */
  archive?: { folder: string; labelSeed: number };
}

/**
 * Reads the tables that a run needs. Throws as `loadAccuracies` and `loadCodes` do, and where a cell has no code: a run may
 * come to any cell, and would fail when its trainings are done.
 */
export function loadRunData(
  { space, dataset, label, codes }: Pick<Run, 'space' | 'dataset' | 'label' | 'codes'>,
  tables: TableOptions = {},
): RunData {
  const { accuracies: file } = tables;
  const benchmark = searchedBenchmark(findBenchmark(space), tables);
  const accuracies = loadAccuracies(benchmark, dataset, { label, file });
  if (codes === NO_CODES) return { benchmark, accuracies };
  const table = loadCodes(benchmark, codes);
  requireCoverage(table, benchmark.space());
  return { benchmark, accuracies, codes: table };
}

/** The benchmark, with its archive where the options name one. Throws an Error where it has none, or the import is missing. */
export function searchedBenchmark(benchmark: Benchmark, { archive }: TableOptions): Benchmark {
  if (!archive) return benchmark;
  if (!benchmark.withArchive) throw new Error(`there is no archive of ${benchmark.title} that could be imported`);
  return benchmark.withArchive(archive.folder, archive.labelSeed);
}

/** The hashes of what `loadRunData` read. */
export function tableHashes({ accuracies, codes }: Omit<RunData, 'benchmark'>): TableHashes {
  const hashes = { label: accuracies.label.hash, score: accuracies.score.hash };
  return codes ? { ...hashes, codes: codes.hash } : hashes;
}
