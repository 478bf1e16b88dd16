import type { Run } from './run';
import type { TableHashes } from './run-data';
import type { Improvements } from './search-curve';
import type { Versions } from './versions';

/** Searches that differ in nothing but the seed: each makes `budget` trainings. */
export interface SearchPlan extends Omit<Run, 'seed'> {
  seeds: readonly number[];
}

/**
 * Searches and what they found: one line of `data/searches`. It keeps no more of a search than its curve needs, so that
 * thousands take a megabyte; everything else follows from the seed.
 */
export interface SearchRecord extends SearchPlan {
  /** For each seed the trainings that surpassed all before them. */
  found: Improvements[];
  /** Means over the seeds: processor seconds of a search, tables not counted, and the price of its codes in trainings. */
  processorSeconds: number;
  codesInTrainings: number;
  /** All settings of the method. */
  settings: object;
  /** The contents that it was made on. */
  tables: TableHashes;
  versions: Versions;
  /** Day, ISO 8601. */
  date: string;
}

/** A record as one line of JSON, without newline. */
export function formatSearches(record: SearchRecord): string {
  const { processorSeconds, codesInTrainings } = record;
  return JSON.stringify({
    ...record,
    processorSeconds: Number(processorSeconds.toPrecision(4)),
    codesInTrainings: Number(codesInTrainings.toFixed(4)),
  });
}

/** Reads a line of `formatSearches`. Throws an Error that says what is wrong with it. */
export function parseSearches(line: string): SearchRecord {
  const record = JSON.parse(line) as SearchRecord;
  const { seeds, found } = record;
  const wrong =
    (['space', 'dataset', 'label', 'preset', 'codes', 'method'] as const).find(
      (field) => typeof record[field] !== 'string',
    ) ??
    (['budget', 'processorSeconds', 'codesInTrainings'] as const).find((field) => !Number.isFinite(record[field])) ??
    (['settings', 'tables', 'changes'] as const).find((field) => typeof record[field] !== 'object') ??
    (!Array.isArray(seeds) || seeds.length === 0 ? 'seeds' : undefined) ??
    (!Array.isArray(found) || found.length !== seeds.length || found.some((each) => each[0]?.[0] !== 1)
      ? 'found'
      : undefined);
  if (wrong) throw new Error(`field "${wrong}" is missing or wrong`);
  return record;
}
