import { formatClaims, type Claim, type NotebookClaims } from '../experiments/claims';
import { replaceFile } from '../files/replace-file';
import { describeColumns } from '../tables/accuracies';
import { isFast } from './settings';
import { showTable } from './table';

/**
 * Shows claims below the running cell as a table: what is said, the paper's number, ours, and the verdict. Data set, label
 * policy and the columns that train and judge stand in each row where they differ, else in the caption.
 */
export function showClaims(claims: readonly Claim[], caption = ''): void {
  const where = ({ dataset = '–', policy = '–' }: Claim): string => `${dataset}, ${policy}`;
  const columns = ({ label = '–', score = '–' }: Claim): string => describeColumns(label, score);
  const differ = new Set(claims.map((one) => `${where(one)}, ${columns(one)}`)).size > 1;
  const [first] = claims;
  const shared = differ || first?.label === undefined ? '' : `${where(first)} (${columns(first)})`;
  showTable(
    claims.map((one) => {
      const { claim, paper, ours, verdict } = one;
      if (!differ) return { claim, paper, ours, verdict };
      const { label = '–', score = '–' } = one;
      const trained = label === score ? label : `${label} → ${score}`;
      return { 'data set, labels': where(one), 'trains → judges': trained, claim, paper, ours, verdict };
    }),
    { caption: [caption, shared].filter((part) => part !== '').join(' · ') },
  );
}

/**
 * Keeps what a notebook found, from which `npm run figures` makes the tables of the READMEs; nothing with shrunken settings.
 *
 * @param notebook its file's name without ending
 * @param folder where the pictures are, by default the repository's as seen from a notebook; the claims go to its folder
 *   `claims`
 */
export function writeClaims(notebook: string, found: NotebookClaims, folder = '../figures'): void {
  if (isFast()) return;
  replaceFile(`${folder}/claims/${notebook}.json`, formatClaims(found));
}
