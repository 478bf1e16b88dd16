/** A process that reads records of the archive for `importNats`: some cells at a time, into two files of their own. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../../files/replace-file';
import { loadBzip2, type Bzip2Reader } from '../../files/read-bzip2';
import { serve } from '../../processes/worker';
import { natsRows } from './nats-tables';
import { readNatsRecord } from './nats-record';
import { recordFile, type NatsFailure, type NatsPart } from './nats-import';

/** A record has 0.3 MB. */
const LIMIT = 2 ** 24;

function importPart(part: NatsPart, bzip2: Bzip2Reader): NatsFailure[] {
  const failures: NatsFailure[] = [];
  const trials: string[] = [];
  const curves: string[] = [];
  for (const [id, architecture] of part.cells) {
    const file = path.join(part.folder, recordFile(id));
    try {
      const record = readNatsRecord(bzip2.decompress(readFileSync(file), LIMIT));
      if (record.id !== id || record.architecture !== architecture) {
        throw new Error(`is of cell ${record.id}, ${record.architecture}, expected cell ${id}, ${architecture}`);
      }
      const rows = natsRows(record);
      trials.push(...rows.trials);
      curves.push(...rows.curves);
    } catch (error) {
      failures.push({ file, reason: (error as Error).message });
      if (!part.keepGoing) return failures;
    }
  }
  // The trials last: where they are, all of the part is.
  replaceFile(part.files.curves, linesOf(curves));
  replaceFile(part.files.trials, linesOf(trials));
  return failures;
}

function linesOf(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('');
}

serve<null, NatsPart, NatsFailure[]>(async () => {
  const bzip2 = await loadBzip2();
  return (part) => importPart(part, bzip2);
});
