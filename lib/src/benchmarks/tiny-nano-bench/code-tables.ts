import { dataFile } from '../../files/data-file';
import type { CodeTableSource } from '../benchmark';
import { estimationCodes, officialSynflowCodes, zeroCostScore } from '../code-tables';
import { codesCommand, scoresCommand } from '../measuring-commands';

/**
 * The prior knowledge that comes with a space of NanoBench cells, by the names that users type.
 *
 * @param folder the benchmark's name, which is also its folder in `data`
 */
export function nanoCodeTables(folder: string): Readonly<Record<string, CodeTableSource>> {
  const scores = (kind: 'synflow' | 'gradients') => ({
    file: dataFile(`${folder}/zero-cost/${kind}.csv`),
    measuredBy: scoresCommand(folder, kind),
  });
  const gradients = (column: string, what: string): CodeTableSource =>
    zeroCostScore(column, { ...scores('gradients'), about: what, recipe: what });
  return {
    'official-codes': estimationCodes({
      about: 'estimation codes measured by the recipe "official"',
      file: dataFile(`${folder}/estimation-codes/official.csv`),
      measuredBy: codesCommand(folder, 'official'),
      recipe: "the space's own network",
    }),
    synflow: zeroCostScore('synflow', {
      ...scores('synflow'),
      about: "the logarithm of Tanaka et al.'s synflow",
      recipe: "ln of Tanaka et al.'s synflow",
    }),
    'synflow-official': officialSynflowCodes(scores('synflow')),
    snip: gradients('snip', 'snip'),
    grasp: gradients('grasp', 'grasp'),
    'grad-norm': gradients('grad_norm', "the norm of the loss's gradient"),
  };
}
