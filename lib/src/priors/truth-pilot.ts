/** How well short trainings stand in for long ones: what a recipe is chosen by. */
import { spearman } from '../statistics/rank-correlation';
import { type Truth } from './truth-store';

/** A recipe in the pilot. */
export interface PilotRow {
  recipe: string;
  /** Cells that were trained by it. */
  cells: number;
  /** Spearman's rank correlation of its accuracies with those that they stand in for; NaN below two cells. */
  all: number;
  /** The same over the better half of the cells, by the accuracies that they stand in for. */
  better: number;
  /** Mean processor time of a cell, seconds. */
  seconds: number;
}

/** Accuracies alone, percent by id. */
export function accuraciesOf(measured: ReadonlyMap<number, Truth>): ReadonlyMap<number, number> {
  return new Map([...measured].map(([id, { accuracy }]) => [id, accuracy]));
}

/**
 * Compares a recipe's accuracies with others.
 *
 * @param measured by id
 * @param wanted percent, by id; cells without one are left out
 */
export function pilotRow(
  recipe: string,
  measured: ReadonlyMap<number, Truth>,
  wanted: ReadonlyMap<number, number>,
): PilotRow {
  const cells = [...measured.values()].filter(({ id }) => wanted.has(id));
  cells.sort((a, b) => wanted.get(b.id)! - wanted.get(a.id)!);
  const correlation = (some: readonly Truth[]): number => {
    if (some.length < 2) return NaN;
    return spearman(
      some.map(({ accuracy }) => accuracy),
      some.map(({ id }) => wanted.get(id)!),
    );
  };
  return {
    recipe,
    cells: cells.length,
    all: correlation(cells),
    better: correlation(cells.slice(0, Math.ceil(cells.length / 2))),
    seconds: cells.reduce((sum, { seconds }) => sum + seconds, 0) / cells.length,
  };
}

/** The rows with the highest mean of both correlations first. */
export function bestFirst(rows: readonly PilotRow[]): PilotRow[] {
  const worth = ({ all, better }: PilotRow): number => (Number.isNaN(all + better) ? -Infinity : all + better);
  return [...rows].sort((a, b) => worth(b) - worth(a));
}
