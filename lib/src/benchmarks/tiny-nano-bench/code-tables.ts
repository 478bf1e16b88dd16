import { dataFile } from '../../files/data-file';
import type { CodeTableSource } from '../benchmark';
import { estimationCodes, officialSynflowCodes, zeroCostScore } from '../code-tables';

/**
 * The prior knowledge that comes with a space of NanoBench cells, by the names that users type.
 *
 * @param folder the benchmark's folder in `data`
 */
export function nanoCodeTables(folder: string): Readonly<Record<string, CodeTableSource>> {
  const file = (name: string): string => dataFile(`${folder}/${name}.csv`);
  const gradients = (column: string, what: string): CodeTableSource =>
    zeroCostScore(column, { about: what, file: file('zero-cost/gradients'), recipe: what });
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
    snip: gradients('snip', 'snip'),
    grasp: gradients('grasp', 'grasp'),
    'grad-norm': gradients('grad_norm', "the norm of the loss's gradient"),
  };
}
