/** The authors' code is their score, at most this, divided by it. */
const OFFICIAL_LIMIT = 1000;

/** What the authors feed their predictor, three times over: their score cut off at 1,000, in thousandths. */
export function officialSynflowCode(score: number): number {
  return Math.min(Math.max(score, 0), OFFICIAL_LIMIT) / OFFICIAL_LIMIT;
}
