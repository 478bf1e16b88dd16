import type { Benchmark } from '../benchmarks/benchmark';
import type { CodeTable } from '../tables/code-table';
import { loadCodes } from '../tables/load-codes';

/**
 * Which cells correlations are over: all that a source is known of, one of each network (that of the smallest id, whose
 * FLOPs are taken), or those among the best of the whole space.
 */
export type PriorScope = 'cells' | 'networks' | 'best';

/** Sources of prior knowledge that are known of the same cells. */
export interface PriorCover {
  name: string;
  /** Positions in the space. */
  cells: readonly number[];
  /** By name, a value for each of the cells; meant to rise with accuracy. */
  sources: Readonly<Record<string, ArrayLike<number>>>;
  /** What the cells are a sample of: one that has a cell of each of its networks says nothing of all cells. */
  scopes: readonly PriorScope[];
}

/** Cells that have a code, by position: their own or that of an equal network, none that is an average. */
export function cellsKnown(table: CodeTable, size: number): number[] {
  const others = new Set([...table.missing, ...table.imputed]);
  return Array.from({ length: size }, (_, position) => position).filter((position) => !others.has(position));
}

/** Cells that were measured themselves, by position. */
export function cellsMeasured(table: CodeTable, size: number): number[] {
  const copied = new Set(table.copied);
  return cellsKnown(table, size).filter((position) => !copied.has(position));
}

/** First entries of code sources on some cells, by the names that they are to have: `{ NASWOT: 'naswot' }`. */
export function scoresOf(
  benchmark: Benchmark,
  sources: Readonly<Record<string, string>>,
  cells: readonly number[],
): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [name, entriesOf(loadCodes(benchmark, source), cells)[0]!]),
  );
}

/**
 * Training losses on some cells, negated so that they rise with accuracy: those of each epoch, and their mean, which is
 * what Fig. 8a shows. Named `NAME, epoch 1`, …, and `NAME, mean`.
 */
export function risingLosses(name: string, table: CodeTable, cells: readonly number[]): Record<string, Float64Array> {
  const losses = entriesOf(table, cells);
  const byEpoch = losses.map((loss, epoch) => [`${name}, epoch ${epoch + 1}`, loss.map((value) => -value)]);
  const mean = losses[0]!.map((_, i) => -losses.reduce((sum, loss) => sum + loss[i]!, 0) / losses.length);
  return { ...(Object.fromEntries(byEpoch) as Record<string, Float64Array>), [`${name}, mean`]: mean };
}

/** The entries of the codes of some cells, entry by entry. */
function entriesOf(table: CodeTable, cells: readonly number[]): Float64Array[] {
  const codes = table.read(cells);
  return Array.from({ length: table.entries }, (_, entry) =>
    Float64Array.from(cells, (_cell, i) => codes[i * table.entries + entry]!),
  );
}
