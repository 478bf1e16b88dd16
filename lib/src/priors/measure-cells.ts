import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { type KeyedStore } from '../files/keyed-store';
import { tornNote } from '../files/line-file';
import type { MeasuringOutcome, MeasuringProgress } from '../processes/measuring-progress';
import { runTasks } from '../processes/worker-pool';
import { measuredBy } from './measured-by';

/** What every measurement of cells into a file can be told. */
export interface MeasuringOptions {
  /** The CSV file that the results go into; cells that it already has are left out. */
  file: string;
  /** Positions of the cells, in the order in which they are measured. */
  positions: readonly number[];
  /** Processes that measure at the same time, one thread each. */
  workers: number;
  /** Called at the start, and whenever results are kept. */
  report?: (progress: MeasuringProgress) => void;
  /** Told what a user should know of the file: a line that an earlier stop left unfinished. */
  note?: (sentence: string) => void;
  /** Stops it; what is finished is kept. */
  signal?: AbortSignal;
}

/** A cell as a worker is told of it: as its networks. Workers know no cells. */
export interface CellTask {
  networks: readonly Network[];
  /** Of this cell. */
  seed: number;
}

/** What differs between measurements. */
export interface CellMeasurement<Setup, Result, Row extends { id: number }> extends Omit<MeasuringOptions, 'file'> {
  space: SearchSpace;
  /** Where results are looked up and kept. */
  store: KeyedStore<number, Row>;
  /** The module of the workers, which calls `serveCells`. */
  module: string;
  /** Gives what each worker is told at its start; called when a result is missing. */
  prepare: () => Promise<Setup>;
  taskOf: (position: number) => CellTask;
  /** A result as the store keeps it, with what measured it; undefined where the training diverged. */
  rowOf: (result: Result, position: number, provenance: string) => Row | undefined;
  /** Cells that a worker gets at once, where one takes milliseconds; 1 by default. */
  atOnce?: number;
}

/**
 * Measures the cells that are missing in a store, a worker process a core, and adds each when it is there. It may be
 * killed at any moment and started again, since a result depends on the cell and its seed alone.
 *
 * @throws Error when the store cannot be written, or when a worker fails or dies
 */
export async function measureCells<Setup, Result, Row extends { id: number }>(
  measurement: CellMeasurement<Setup, Result, Row>,
): Promise<MeasuringOutcome> {
  const { space, store, positions, taskOf, rowOf, atOnce = 1, report, note } = measurement;
  if (store.torn !== undefined) note?.(tornNote(store.file, store.torn));
  const missing = positions.filter((position) => !store.records.has(space.ids[position]!));
  const setup = missing.length > 0 ? await measurement.prepare() : undefined;
  const diverged: number[] = [];
  const began = Date.now();
  let done = 0;
  const tell = (): void => {
    const before = positions.length - missing.length;
    report?.({ done, total: missing.length, before, seconds: (Date.now() - began) / 1000 });
  };
  tell();
  if (setup === undefined) return { complete: true, diverged };
  const batches = Array.from({ length: Math.ceil(missing.length / atOnce) }, (_, i) =>
    missing.slice(i * atOnce, (i + 1) * atOnce),
  );
  const complete = await runTasks<Setup, readonly number[], readonly CellTask[], readonly Result[]>({
    module: measurement.module,
    setup,
    tasks: batches,
    messageOf: (batch) => batch.map(taskOf),
    workers: measurement.workers,
    signal: measurement.signal,
    async keep(results, batch) {
      const rows = results.map((result, i) => {
        const position = batch[i]!;
        return rowOf(result, position, measuredBy());
      });
      diverged.push(...batch.filter((_, i) => rows[i] === undefined));
      await store.add(...rows.filter((row): row is Row => row !== undefined));
      done += batch.length;
      tell();
    },
  });
  return { complete, diverged };
}
