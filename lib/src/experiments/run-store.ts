import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataFile } from '../files/data-file';
import { checkWritable } from '../files/check-writable';
import { appendLines, isOfFormat, readLines, repairLines, type LineFormat } from '../files/line-file';
import { makeFolder } from '../files/make-folder';
import { groupBy } from '../statistics/group-by';
import { runId, sourceName, type Run } from './run';
import type { TableOptions } from './run-data';
import { RunIdentity } from './run-identity';
import { formatRecord, parseRecord, type RunRecord } from './run-record';

/** What a store has of some runs. */
export interface LookUp {
  found: RunRecord[];
  missing: Run[];
  /** Records of wanted runs that are not used, counted by reason: 'other codes', 'other settings (loss)', … */
  passedOver: Readonly<Record<string, number>>;
}

/** Tells a file of records from those of other programs. */
const RECORDS: LineFormat = {
  title: 'run records',
  isLine(text) {
    try {
      parseRecord(text);
      return true;
    } catch {
      return false;
    }
  },
};

/**
 * The folder of finished runs: a file of one line a run for each space, data set, label policy, preset and code source.
 * Several processes may append at once; a stop at any moment loses no finished run (see `appendLines`).
 */
export class RunStore {
  /**
   * @param folder by default `data/runs` of the project
   * @param tables what stands in the place of the benchmarks' tables
   */
  constructor(
    readonly folder = dataFile('runs'),
    readonly tables: TableOptions = {},
  ) {}

  /** Keeps records, each as a whole line. Throws an Error when they cannot be written; what was there stays. */
  async append(records: readonly RunRecord[]): Promise<void> {
    for (const [file, group] of groupBy(records, (record) => this.file(record)))
      await appendLines(file, group.map(formatRecord), RECORDS);
  }

  /**
   * The records of the wanted runs that are there, in the order of `wanted`. A run that was computed twice counts once.
   * Throws an Error with file and line for a line that is no record, or as `loadRunData`.
   */
  find(wanted: readonly Run[]): RunRecord[] {
    return this.lookUp(wanted).found;
  }

  /** The wanted runs that are not there yet, each once. */
  missing(wanted: readonly Run[]): Run[] {
    return this.lookUp(wanted).missing;
  }

  /** What is there of the wanted runs, what is not, and what is there but was made by other settings or on other tables. */
  lookUp(wanted: readonly Run[]): LookUp {
    const runs = new Map(wanted.map((run) => [runId(run), run]));
    const records = new Map<string, RunRecord>();
    const passedOver: Record<string, number> = {};
    const identity = new RunIdentity(this.tables);
    for (const file of new Set([...runs.values()].map((run) => this.file(run))))
      readLines(file, RECORDS).lines.forEach(({ text, number }) => {
        const record = parseLine(file, number, text);
        const id = runId(record);
        const run = runs.get(id);
        if (!run || records.has(id)) return;
        const difference = identity.difference(run, record);
        if (difference === undefined) records.set(id, record);
        else passedOver[difference] = (passedOver[difference] ?? 0) + 1;
      });
    return {
      found: wanted.flatMap((run) => records.get(runId(run)) ?? []),
      missing: [...runs].flatMap(([id, run]) => (records.has(id) ? [] : [run])),
      passedOver,
    };
  }

  /**
   * Takes records of wanted runs that are missing here from another folder, whose own files stay as they are.
   *
   * @returns how many
   * @throws Error as `lookUp` and `append`
   */
  async take(wanted: readonly Run[], folder: string): Promise<number> {
    const records = new RunStore(folder, this.tables).find(this.missing(wanted));
    await this.append(records);
    return records.length;
  }

  /**
   * Makes the folder ready to append to: lines that a killed process left unfinished are moved aside, into a file of the
   * same name and `.torn`. Files that hold no run records are left as they are.
   *
   * @param runs that are to be made, whose files have to be writable
   * @returns the files concerned
   * @throws Error when nothing can be written there, so that it is known before hours of work
   */
  async repair(runs: readonly Run[] = []): Promise<string[]> {
    try {
      makeFolder(this.folder);
      accessSync(this.folder, constants.W_OK);
    } catch (error) {
      throw new Error(`cannot write to ${this.folder}: ${(error as Error).message}`, { cause: error });
    }
    for (const file of new Set(runs.map((run) => this.file(run)))) checkWritable(file);
    const repaired: string[] = [];
    for (const name of readdirSync(this.folder).filter((file) => file.endsWith('.jsonl'))) {
      const file = join(this.folder, name);
      if (isOfFormat(file, RECORDS) && (await repairLines(file, RECORDS)) !== undefined) repaired.push(file);
    }
    return repaired;
  }

  /** The file that a run belongs in. */
  file({ space, dataset, label, preset, codes }: Run): string {
    const source = sourceName(codes).replace(/[^\w.-]+/g, '-');
    return join(this.folder, `${[space, dataset, label, preset, source].join('_')}.jsonl`);
  }
}

function parseLine(file: string, number: number, line: string): RunRecord {
  try {
    return parseRecord(line);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(`${file}, line ${number}: no run record (${reason}); delete the line, its run is made again`, {
      cause: error,
    });
  }
}
