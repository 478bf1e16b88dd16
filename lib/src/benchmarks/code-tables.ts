/** What the tables of codes and scores that the project's commands measure have in common, whatever the benchmark. */
import type { CodeTableSource } from './benchmark';

/** An epoch of an Estimation Code in full trainings: 5,000 of 50,000 images, one of 100 epochs (protocol §6.1). */
export const TRAININGS_PER_EPOCH = 0.001;

/** The authors' synflow code is their score, at most this, divided by it (protocol §6.5). */
const OFFICIAL_SYNFLOW_LIMIT = 1000;

type About = Required<Pick<CodeTableSource, 'about' | 'file' | 'measuredBy'>> & { recipe: string };

/** A table of `npm run codes`: the first three training losses (protocol §6.1). */
export function estimationCodes({ recipe, ...about }: About): CodeTableSource {
  return {
    ...about,
    columns: ['loss1', 'loss2', 'loss3'],
    recipe: () => `training losses of epochs 1 to 3 on 5,000 images of CIFAR-10, ${recipe}`,
    trainingsPerEntry: TRAININGS_PER_EPOCH,
    signed: false,
  };
}

/** A column of a table of `npm run zero-cost`: a score of fresh weights, at no training's cost. */
export function zeroCostScore(column: string, { recipe, ...about }: About): CodeTableSource {
  return {
    ...about,
    columns: [column],
    recipe: () => `${recipe} at fresh weights, one initialisation a network`,
    trainingsPerEntry: 0,
    signed: true,
  };
}

/**
 * The columns of a table of `npm run zero-cost -- networks` by the names that users type, such as `grad-norm`.
 *
 * @param columns of `NETWORK_SCORES`
 * @param ending of the names, to tell tables apart
 * @param where whose scores they are, such as `of the full network`
 */
export function networkScores(
  table: Pick<About, 'file' | 'measuredBy'>,
  columns: readonly string[],
  where: string,
  ending = '',
): Record<string, CodeTableSource> {
  return Object.fromEntries(
    columns.map((column) => {
      const name = column.replace('_', '-');
      return [
        `${name}${ending}`,
        zeroCostScore(column, { ...table, about: `${name} ${where}`, recipe: `${name} ${where}` }),
      ];
    }),
  );
}

/** The scores that a network without ReLUs has too, and those of ReLUs (see `ZeroCostScores`). */
export const GRADIENT_SCORES = ['snip', 'grasp', 'grad_norm'] as const;
export const UNIT_SCORES = ['fisher', 'jacob_cov', 'naswot'] as const;

/** The authors' synflow, made into a code as they do: cut off at 1,000, in thousandths, three times (protocol §6.5). */
export function officialSynflowCodes(table: Pick<About, 'file' | 'measuredBy'>): CodeTableSource {
  const score = zeroCostScore('synflow_official', {
    ...table,
    about: "the authors' synflow of their network, cut off and three times over, as they feed it",
    recipe: "the authors' synflow",
  });
  return {
    ...score,
    recipe: (entries) => `${score.recipe(entries)}, cut off at 1,000, in thousandths, three times`,
    transform: ([value]) => {
      const code = Math.min(Math.max(value!, 0), OFFICIAL_SYNFLOW_LIMIT) / OFFICIAL_SYNFLOW_LIMIT;
      return [code, code, code];
    },
  };
}
