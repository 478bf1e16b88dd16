import type { Accuracies } from '../tables/accuracies';
import { meanFinding, subjectOf, type Claim } from './claims';
import type { RunRecord } from './run-record';

/**
 * Kendall's τ of the Neural Predictor on CIFAR-10 after so many trainings, as PINAT's table has it (see
 * `rivals/neural-predictor.ts`): trained on validation accuracies, judged by test accuracies over all 15,625 cells.
 */
export const PUBLISHED_TAUS: readonly (readonly [trainings: number, tau: number])[] = [
  [78, 0.34],
  [156, 0.41],
  [469, 0.58],
];

/**
 * Whether the Neural Predictor ranks better here than published, a claim a number of trainings: by the 95 % interval of
 * the mean τ over our seeds. How many are behind the published numbers is not known.
 *
 * @param records runs of the Neural Predictor, several seeds at each number of trainings
 */
export function tauClaims(records: readonly RunRecord[], accuracies: Accuracies): Claim[] {
  return PUBLISHED_TAUS.map(([trainings, published]) => {
    const taus = records.filter(({ budget }) => budget === trainings).map(({ kendall }) => kendall!);
    return {
      ...subjectOf('–', accuracies),
      claim: `Neural Predictor with ${trainings} trainings ranks better than published`,
      paper: `τ = ${published} (PINAT)`,
      ...meanFinding(taus, published, (mean) => `τ = ${mean}`),
      unit: "Kendall's τ",
    };
  });
}
