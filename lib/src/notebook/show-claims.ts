import { formatClaims, type Claim, type NotebookClaims } from '../experiments/claims';
import { replaceFile } from '../files/replace-file';
import { showTable } from './table';

/**
 * Shows claims below the running cell as a table: what is said, of which data set where they differ in it, the paper's
 * number, ours, and the verdict.
 */
export function showClaims(claims: readonly Claim[], caption = ''): void {
  const where = ({ dataset = '–', policy = '–' }: Claim): string => `${dataset}, ${policy}`;
  const differ = new Set(claims.map(where)).size > 1;
  showTable(
    claims.map((one) => {
      const { claim, paper, ours, verdict } = one;
      return differ ? { 'data set, labels': where(one), claim, paper, ours, verdict } : { claim, paper, ours, verdict };
    }),
    { caption },
  );
}

/**
 * Keeps what a notebook found, from which `npm run figures` makes the tables of the READMEs.
 *
 * @param notebook its file's name without ending
 * @param folder where the pictures are; the claims go to its folder `claims`
 */
export function writeClaims(notebook: string, found: NotebookClaims, folder = 'figures'): void {
  replaceFile(`${folder}/claims/${notebook}.json`, formatClaims(found));
}
