/** `npm run import`: tables from a benchmark's own archive. */
import { Command } from 'commander';
import { writeArchiveLosses } from '../benchmarks/nas-bench-201/archive-losses';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { importNats } from '../benchmarks/nas-bench-201/nats-import';
import { dataFile } from '../files/data-file';
import { DEFAULT_WORKERS, existing, integer, runCommand } from './command';
import { measuringProgress } from './measuring-progress';
import { shortPath } from './short-path';

interface ImportOptions {
  output: string;
  workers: number;
  keepGoing?: true;
}

const OUTPUT = dataFile('nats-bench');

async function importTopologyArchive(folder: string, options: ImportOptions): Promise<void> {
  const { output, workers, keepGoing = false } = options;
  const progress = measuringProgress(folder);
  const { files, cells, failures } = await importNats({
    folder,
    output,
    space: nasBench201.space(),
    workers,
    keepGoing,
    report: progress.report,
  }).finally(progress.end);
  await writeArchiveLosses(files.curves, output);
  for (const { file, reason } of failures) console.error(`left out: ${file}: ${reason}`);
  console.log(`${shortPath(output)} has the trainings of ${cells} cells.`);
  if (failures.length > 0) process.exitCode = 1;
}

const command = new Command('import').description("Makes tables from a benchmark's own archive.");

command
  .command('nats')
  .description(
    "Reads NATS-Bench's topology archive (NATS-tss-v1_0-3ffb9-simple, unpacked: 15,625 files *.pickle.pbz2 and " +
      'meta.pickle.pbz2) into trials.csv, the accuracies of every training; curves.csv, the losses of its epochs; and ' +
      'archive-losses.csv, the first three of them. Nothing in the pickles is executed. It can be stopped at any moment; ' +
      'started again, it goes on.',
  )
  .argument('<folder>', "the archive's folder", existing)
  .option('--output <folder>', 'where the tables go, about 350 MB; by default data/nats-bench', OUTPUT)
  .option('--workers <count>', 'processes, one a core', integer(1), DEFAULT_WORKERS)
  .option('--keep-going', 'leave out files that are missing or cannot be read, and say which (exit code 1)')
  .action(importTopologyArchive);

void runCommand(command);
