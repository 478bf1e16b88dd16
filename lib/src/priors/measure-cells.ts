import { type SearchSpace } from '../benchmarks/search-space';
import { type Network } from '../convnet/network';
import { type KeyedStore } from '../files/keyed-store';
import { tornNote } from '../files/line-file';
import { sourceVersion } from '../files/source-version';
import type { MeasuringOutcome, MeasuringProgress } from '../processes/measuring-progress';
import { runTasks } from '../processes/worker-pool';
import { engineProvenance } from './engine-provenance';

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

/** Cells, and where their results are looked up and kept. */
export interface CellsToMeasure<Setup, Row extends { id: number }> extends Omit<MeasuringOptions, 'file'> {
  space: SearchSpace;
  store: KeyedStore<number, Row>;
  /** Gives what those who measure are told at their start; called when a result is missing. */
  prepare: () => Promise<Setup>;
}

/** Keeps the results of these cells; undefined for one whose training diverged. */
export type KeepRows<Row> = (rows: readonly (Row | undefined)[], positions: readonly number[]) => Promise<void>;

/** What differs between measurements in worker processes. */
export interface CellMeasurement<Setup, Result, Row extends { id: number }> extends CellsToMeasure<Setup, Row> {
  /** The module of the workers, which calls `serveCells`. */
  module: string;
  taskOf: (position: number) => CellTask;
  /** A result as the store keeps it, with what measured it; undefined where the training diverged. */
  rowOf: (result: Result, position: number, provenance: string) => Row | undefined;
  /** Cells that a worker gets at once, where one takes milliseconds; 1 by default. */
  atOnce?: number;
}

/**
 * Measures the cells that are missing in a store, and adds each when it is there. It may be killed at any moment and
 * started again, since a result depends on the cell and its seed alone.
 *
 * @param measure measures these cells, one or more, in this order; gives false when the signal stopped it
 * @throws Error when the store cannot be written, or what `measure` throws
 */
export async function measureMissing<Setup, Row extends { id: number }>(
  { space, store, positions, prepare, report, note }: CellsToMeasure<Setup, Row>,
  measure: (setup: Setup, missing: readonly number[], keep: KeepRows<Row>) => Promise<boolean>,
): Promise<MeasuringOutcome> {
  if (store.torn !== undefined) note?.(tornNote(store.file, store.torn));
  const missing = positions.filter((position) => !store.records.has(space.ids[position]!));
  if (missing.length > 0) sourceVersion(); // looked up before a commit or an edit meanwhile could change it
  const setup = missing.length > 0 ? await prepare() : undefined;
  const diverged: number[] = [];
  const began = Date.now();
  let done = 0;
  const tell = (): void => {
    const before = positions.length - missing.length;
    report?.({ done, total: missing.length, before, seconds: (Date.now() - began) / 1000 });
  };
  tell();
  if (setup === undefined) return { complete: true, diverged };
  const complete = await measure(setup, missing, async (rows, measured) => {
    diverged.push(...measured.filter((_, i) => rows[i] === undefined));
    await store.add(...rows.filter((row): row is Row => row !== undefined));
    done += measured.length;
    tell();
  });
  return { complete, diverged };
}

/**
 * `measureMissing` with a worker process a core.
 *
 * @throws Error when the store cannot be written, or when a worker fails or dies
 */
export function measureCells<Setup, Result, Row extends { id: number }>(
  measurement: CellMeasurement<Setup, Result, Row>,
): Promise<MeasuringOutcome> {
  const { taskOf, rowOf, atOnce = 1 } = measurement;
  return measureMissing(measurement, (setup, missing, keep) =>
    runTasks<Setup, readonly number[], readonly CellTask[], readonly Result[]>({
      module: measurement.module,
      setup,
      tasks: Array.from({ length: Math.ceil(missing.length / atOnce) }, (_, i) =>
        missing.slice(i * atOnce, (i + 1) * atOnce),
      ),
      messageOf: (batch) => batch.map(taskOf),
      workers: measurement.workers,
      signal: measurement.signal,
      keep: (results, batch) =>
        keep(
          results.map((result, i) => rowOf(result, batch[i]!, engineProvenance())),
          batch,
        ),
    }),
  );
}
