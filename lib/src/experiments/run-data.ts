import { nasBench201, tinyNasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import type { SearchSpace } from '../benchmarks/search-space';
import { loadAccuracies, type Accuracies } from '../tables/accuracies';
import type { CodeSource } from '../tables/code-source';
import { loadCodes } from '../tables/load-codes';
import { NO_CODES, type Run, type SpaceName } from './run';

/** The space of that name. */
export function searchSpace(name: SpaceName): SearchSpace {
  return name === 'nas-bench-201' ? nasBench201() : tinyNasBench201();
}

/** What runs of one space, data set, label policy and code source are made on. */
export interface RunData {
  space: SearchSpace;
  accuracies: Accuracies;
  /** Absent for runs that read no codes. */
  codes?: CodeSource;
}

/** Reads the tables that a run needs. Throws as `loadAccuracies` and `loadCodes` do. */
export function loadRunData({ space: name, dataset, label, codes }: Run): RunData {
  const space = searchSpace(name);
  const accuracies = loadAccuracies(dataset, { label, space });
  return codes === NO_CODES ? { space, accuracies } : { space, accuracies, codes: loadCodes(codes, { space }) };
}
