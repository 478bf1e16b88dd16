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
