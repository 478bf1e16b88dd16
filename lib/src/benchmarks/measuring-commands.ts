/** The commands that measure the tables of a benchmark, for messages about a table that is not there or not complete. */

/** Estimation Codes by a recipe. */
export const codesCommand = (benchmark: string, recipe: string): string =>
  `npm run codes -- --space ${benchmark} --recipe ${recipe}`;

/** Scores of fresh networks, with options behind the kind. */
export const scoresCommand = (benchmark: string, kind: string): string =>
  `npm run zero-cost -- ${kind} --space ${benchmark}`;

/** Accuracies of trained networks by a recipe. */
export const truthCommand = (benchmark: string, recipe: string): string =>
  `npm run truth -- --space ${benchmark} --recipe ${recipe}`;
