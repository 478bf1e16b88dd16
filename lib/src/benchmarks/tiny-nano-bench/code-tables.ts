import { dataFile } from '../../files/data-file';
import type { CodeTableSource } from '../benchmark';
import { estimationCodes, GRADIENT_SCORES, networkScores, officialSynflowCodes, zeroCostScore } from '../code-tables';
import { codesCommand, scoresCommand } from '../measuring-commands';

/**
 * The prior knowledge that comes with a space of NanoBench cells, by the names that users type.
 *
 * @param folder the benchmark's name, which is also its folder in `data`
 */
export function nanoCodeTables(folder: string): Readonly<Record<string, CodeTableSource>> {
  const scores = (kind: string, file: string) => ({
    file: dataFile(`${folder}/zero-cost/${file}.csv`),
    measuredBy: scoresCommand(folder, kind),
  });
  const synflow = scores('synflow', 'synflow');
  return {
    'official-codes': estimationCodes({
      about: 'estimation codes measured by the recipe "official"',
      file: dataFile(`${folder}/estimation-codes/official.csv`),
      measuredBy: codesCommand(folder, 'official'),
      recipe: "the space's own network",
    }),
    synflow: zeroCostScore('synflow', {
      ...synflow,
      about: "the logarithm of Tanaka et al.'s synflow",
      recipe: "ln of Tanaka et al.'s synflow",
    }),
    'synflow-official': officialSynflowCodes(synflow),
    ...networkScores(scores('networks', 'full-10'), GRADIENT_SCORES, "of the space's own network"),
  };
}
