import type { Benchmark } from '../benchmarks/benchmark';
import { accuraciesOf, bestFirst, pilotRow, type PilotRow } from '../priors/truth-pilot';
import { truthEpochs, truthRecipe } from '../priors/truth-recipes';
import { truthStore } from '../priors/truth-store';
import { loadAccuracies } from '../tables/accuracies';
import { shardOf } from './shard';

/** What `truth pilot` is told. */
export interface PilotOptions {
  benchmark: Benchmark;
  recipes: readonly string[];
  positions: readonly number[];
  /**
   * What the others stand in for: a recipe, which is trained first, or accuracies in percent by id, of trainings made
   * elsewhere, say; the benchmark's own table where nothing is said.
   */
  against?: string | ReadonlyMap<number, number>;
  /** Where a recipe's results are. */
  file: (recipe: string) => string;
  /** Trains these cells by this recipe into this file. Gives false when it was stopped. */
  train: (recipe: string, positions: readonly number[], file: string) => Promise<boolean>;
}

/** All recipes are tried on every third of the cells, and the best three of them on all. */
const FIRST_ROUND = { part: 1, parts: 3 };
const SECOND_ROUND = 3;

/** A round of a pilot: all its recipes, judged on the same cells. */
export interface PilotRound {
  cells: number;
  /** The best recipe first. */
  rows: PilotRow[];
}

/**
 * Successive halving over recipes. What is measured already is not measured again, and recipes are judged on the cells of
 * their round alone, whatever else their files hold: so the same command comes to the same end again.
 *
 * @returns the rounds; undefined when it was stopped
 */
export async function runPilot(options: PilotOptions): Promise<PilotRound[] | undefined> {
  const { benchmark, recipes, positions, against, file, train } = options;
  const space = benchmark.space();
  const measured = (recipe: string) => truthStore(truthEpochs(truthRecipe(recipe)!), space).read(file(recipe));
  if (typeof against === 'string' && !(await train(against, positions, file(against)))) return;

  const wanted = (): ReadonlyMap<number, number> => {
    if (typeof against === 'string') return accuraciesOf(measured(against));
    if (against) return against;
    const { values } = loadAccuracies(benchmark, Object.keys(benchmark.datasets)[0]!).score;
    return new Map(Array.from(space.ids, (id, position) => [id, values[position]!]));
  };
  const known = wanted();
  const rounds: PilotRound[] = [];
  let left = recipes;
  for (const cells of recipes.length > SECOND_ROUND ? [shardOf(positions, FIRST_ROUND), positions] : [positions]) {
    for (const recipe of left) if (!(await train(recipe, cells, file(recipe)))) return;
    const ids = new Set(cells.map((position) => space.ids[position]!));
    const among = new Map([...known].filter(([id]) => ids.has(id)));
    const rows = bestFirst(left.map((recipe) => pilotRow(recipe, measured(recipe), among)));
    rounds.push({ cells: cells.length, rows });
    left = rows.slice(0, SECOND_ROUND).map(({ recipe }) => recipe);
  }
  return rounds;
}

/** The rows as a Markdown table. */
export function pilotTable(rows: readonly PilotRow[]): string {
  const lines = rows.map(({ recipe, cells, all, better, seconds }) =>
    [`\`${recipe}\``, truthRecipe(recipe)!.about, cells, all.toFixed(2), better.toFixed(2), seconds.toFixed(1)].join(
      ' | ',
    ),
  );
  return [
    '| recipe | what it is | cells | Spearman, all | better half | seconds a cell |',
    '|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}
