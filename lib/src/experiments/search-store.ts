import { join } from 'node:path';
import { parsePartName, partName } from '../benchmarks/random-part';
import { dataFile } from '../files/data-file';
import { appendLines, readLines, type LineFormat } from '../files/line-file';
import { groupBy } from '../statistics/group-by';
import { stackId, type Run } from './run';
import { RunIdentity } from './run-identity';
import { formatSearches, parseSearches, type SearchPlan, type SearchRecord } from './search-record';

/** What a store has of a plan. */
export interface FoundSearches {
  /** Records that hold seeds of the plan. */
  records: SearchRecord[];
  /** Seeds of the plan that none of them holds. */
  missing: number[];
}

const SEARCHES: LineFormat = {
  title: 'records of searches',
  isLine(text) {
    try {
      parseSearches(text);
      return true;
    } catch {
      return false;
    }
  },
};

/** The folder of finished searches: a file for each space, or parts of a space of one size, data set and label policy. Several processes may append at once. */
export class SearchStore {
  /** @param folder by default `data/searches` of the project */
  constructor(readonly folder = dataFile('searches')) {}

  /** Keeps records, each as a whole line. */
  async append(records: readonly SearchRecord[]): Promise<void> {
    for (const [file, group] of groupBy(records, (record) => this.file(record))) {
      await appendLines(file, group.map(formatSearches), SEARCHES);
    }
  }

  /**
   * What is there of a plan; records that were made by other settings or on other tables do not count.
   *
   * @param identity tells whether a record is the search that is wanted; given by who asks for many plans
   * @throws Error with file and line for a line that is no record, or as `loadRunData`
   */
  find(plan: SearchPlan, identity = new RunIdentity({})): FoundSearches {
    const wanted = new Set(plan.seeds);
    const run = runOf(plan);
    const id = stackId(run);
    const records: SearchRecord[] = [];
    const file = this.file(plan);
    const part = parsePartName(plan.space) && JSON.stringify(plan.space);
    for (const { text, number } of readLines(file, SEARCHES).lines) {
      if (part !== undefined && !text.includes(part)) continue; // of another part: hundreds share a file
      const record = parse(file, number, text);
      if (stackId(runOf(record)) !== id || identity.difference(run, record) !== undefined) continue;
      if (record.seeds.filter((seed) => wanted.delete(seed)).length > 0) records.push(record);
    }
    return { records, missing: [...wanted] };
  }

  private file({ space, dataset, label }: Pick<SearchPlan, 'space' | 'dataset' | 'label'>): string {
    const part = parsePartName(space);
    const searched = part ? partName(part.whole, part.share) : space;
    return join(this.folder, `${[searched, dataset, label].join('_')}.jsonl`);
  }
}

function runOf({ seeds, ...shared }: SearchPlan): Run {
  return { ...shared, seed: seeds[0]! };
}

function parse(file: string, number: number, text: string): SearchRecord {
  try {
    return parseSearches(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(
      `${file}, line ${number}: no record of searches (${reason}); delete it, its searches are made again`,
      {
        cause: error,
      },
    );
  }
}
