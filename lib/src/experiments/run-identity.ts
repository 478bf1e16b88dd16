import { isDeepStrictEqual } from 'node:util';
import { findMethod } from '../search/methods';
import { stackId, type Run } from './run';
import { loadRunData, tableHashes, type RunData, type TableHashes, type TableOptions } from './run-data';
import type { RunRecord } from './run-record';

/** What of a wanted run its names do not say: its method's settings, and the contents of the tables that it reads. */
interface Expected {
  settings: object;
  tables: TableHashes;
}

/**
 * Tells whether a record is the run that is wanted: names alone do not, since a preset may be edited and a table be
 * corrected under the same name.
 */
export class RunIdentity {
  private readonly known = new Map<string, Expected>();
  private readonly read = new Map<string, TableHashes>();

  /** @param load reads the tables of a run */
  constructor(
    tables: TableOptions,
    private readonly load: (run: Run) => RunData = (run) => loadRunData(run, tables),
  ) {}

  /**
   * In what a record differs from the run of the same names that is wanted: 'other codes', for example; undefined when in
   * nothing. Throws as `loadRunData`.
   */
  difference(run: Run, record: Pick<RunRecord, 'tables' | 'settings'>): string | undefined {
    const { settings, tables } = this.expected(run);
    if (record.tables.label !== tables.label) return 'other accuracies';
    if (record.tables.score !== tables.score) return 'other scores';
    if (record.tables.codes !== tables.codes) return 'other codes';
    const options = differing(settings, record.settings);
    return options.length === 0 ? undefined : `other settings (${options.join(', ')})`;
  }

  private expected(run: Run): Expected {
    const id = stackId(run);
    let expected = this.known.get(id);
    if (expected === undefined) {
      // As a record keeps them: JSON leaves out what is undefined.
      const settings = JSON.parse(JSON.stringify(findMethod(run.method, run).settings)) as object;
      expected = { settings, tables: this.hashes(run) };
      this.known.set(id, expected);
    }
    return expected;
  }

  private hashes(run: Run): TableHashes {
    const { space, dataset, label, codes } = run;
    const key = JSON.stringify([space, dataset, label, codes]);
    let hashes = this.read.get(key);
    if (hashes === undefined) {
      hashes = tableHashes(this.load(run));
      this.read.set(key, hashes);
    }
    return hashes;
  }
}

/** The names of the options, at any depth, in which two settings differ. */
function differing(a: object, b: object): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].flatMap((name) => {
    const [x, y] = [a, b].map((settings) => (settings as Record<string, unknown>)[name]);
    if (isDeepStrictEqual(x, y)) return [];
    return isPlain(x) && isPlain(y) ? differing(x, y) : [name];
  });
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
