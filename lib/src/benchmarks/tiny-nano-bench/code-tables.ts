import { dataFile } from '../../files/data-file';
import type { CodeTableSource } from '../benchmark';
import { estimationCodes, GRADIENT_SCORES, networkScores, officialSynflowCodes, zeroCostScore } from '../code-tables';

/**
 * The prior knowledge that comes with a space of NanoBench cells, by the names that users type.
 *
 * @param folder the benchmark's folder in `data`
 */
export function nanoCodeTables(folder: string): Readonly<Record<string, CodeTableSource>> {
  const file = (name: string): string => dataFile(`${folder}/${name}.csv`);
  return {
    'official-codes': estimationCodes({
      about: 'estimation codes measured by the recipe "official"',
      file: file('estimation-codes/official'),
      recipe: "the space's own network",
    }),
    synflow: zeroCostScore('synflow', {
      about: "the logarithm of Tanaka et al.'s synflow",
      file: file('zero-cost/synflow'),
      recipe: "ln of Tanaka et al.'s synflow",
    }),
    'synflow-official': officialSynflowCodes(file('zero-cost/synflow')),
    ...networkScores(file('zero-cost/full-10'), GRADIENT_SCORES, "of the space's own network"),
  };
}
