/** Where verdicts are made: a comparison becomes a finding, and a finding with what it is about becomes a claim. */
import {
  bootstrapInterval,
  mean,
  pairedDifference,
  type Interval,
  type PairedDifference,
} from '../statistics/intervals';
import { signed } from '../statistics/signed';
import type { Accuracies } from '../tables/accuracies';

/** With 5 pairs the sign-flip test cannot fall below p = 2/2⁵ = 0.0625. */
export const FEWEST_DECIDABLE = 6;

/** What a measured difference says about a claim. */
export type Verdict = 'holds' | 'does not hold' | 'not decidable with these n';

/** What was found: the numbers, in words and as data, and what they say. */
export interface Finding {
  /** In words, as tables print it. */
  ours: string;
  verdict: Verdict | `not decidable: ${string}`;
  /** Repeats, pairs or cells; absent where something was counted in full. */
  n?: number;
  /** The difference or number itself, with its 95 % interval and p, where it has them. */
  value?: number;
  low?: number;
  high?: number;
  p?: number;
  /** Of `value`, such as `points` (percent points). */
  unit?: string;
}

/** Where there is nothing to compare. */
export const NOTHING_COMPARED: Finding = { ours: 'no comparable times', verdict: 'not decidable with these n' };

/** What a claim is about; several claims share it. */
export interface ClaimSubject {
  /** Of the paper, such as `Fig. 5b`; '–' where it has none. */
  figure: string;
  /** The names of the pictures in `figures`, without ending. */
  pictures?: readonly string[];
  /** Data set and label policy for people, and the columns that train and that judge. */
  dataset?: string;
  policy?: string;
  label?: string;
  score?: string;
}

/** One line of the table of all figures. */
export interface Claim extends ClaimSubject, Finding {
  /** A sentence that is true or not. */
  claim: string;
  /** The paper's number, or why there is none. */
  paper: string;
}

/** What `figures/claims` keeps of a notebook. */
export interface NotebookClaims {
  claims: readonly Claim[];
  /** Tables of measured numbers that a README shows, by name: rows with the same keys. */
  tables?: Readonly<Record<string, readonly Readonly<Record<string, string | number>>[]>>;
}

/** What claims on some accuracies are about: their data set, label policy, and the columns that train and that judge. */
export function subjectOf(figure: string, accuracies: Accuracies, ...pictures: string[]): ClaimSubject {
  const { datasetTitle, policyTitle, label, score } = accuracies;
  return { figure, pictures, dataset: datasetTitle, policy: policyTitle, label: label.name, score: score.name };
}

/** A p from here on decides nothing. */
const LEVEL = 0.05;

/**
 * Decides the claim "first is better than second by more than `margin`" (higher is better): it holds when the whole
 * interval lies above the margin, does not hold when the whole interval lies at or below it, and is otherwise not
 * decidable, nor with fewer than 6 pairs. Where there is a p, of the test that the difference is the margin, it must agree:
 * an interval of resampled means is too narrow where a few pairs make all the difference.
 */
export function decide({ n, low, high, p = 0 }: Interval & { n: number; p?: number }, margin = 0): Verdict {
  const isMargin = low === margin && high === margin; // all pairs differ by it: no chance is left
  if (n < FEWEST_DECIDABLE || (p >= LEVEL && !isMargin)) return 'not decidable with these n';
  if (low > margin) return 'holds';
  return high <= margin ? 'does not hold' : 'not decidable with these n';
}

/** A difference in words: '+0.83 points (95 % interval +0.52 to +1.15, p = 0.0002, n = 30)'. */
export function describeDifference({ mean: middle, low, high, p, n }: PairedDifference, unit = 'points'): string {
  const chance = describeP(p);
  const relation = chance.startsWith('<') ? '' : '= ';
  return `${signed(middle)} ${unit} (95 % interval ${signed(low)} to ${signed(high)}, p ${relation}${chance}, n = ${n})`;
}

/** A p in words: '0.0213', '< 0.0001'. */
export function describeP(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

/**
 * Tests "first is better than second": their paired difference, its interval and p, and the verdict.
 *
 * @param first values that are better when higher; the i-th ones of both share their chance (equal seeds)
 * @param options.margin by how much at least, in the unit of the values; p is of the test that it is this much
 * @throws RangeError when the two differ in length or are empty
 */
export function compare(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  options: { margin?: number; unit?: string } = {},
): Finding {
  return findingOf(pairedDifference(first, second, options), options);
}

/** A difference that was computed before as a finding. */
export function findingOf(difference: PairedDifference, { margin = 0, unit = 'points' } = {}): Finding {
  const { mean: value, low, high, p, n } = difference;
  return {
    ours: describeDifference(difference, unit),
    verdict: decide(difference, margin),
    value,
    low,
    high,
    p,
    n,
    unit,
  };
}

/** A number that was computed over all repeats together, with its interval. */
export interface RepeatStatistic extends Interval {
  n: number;
  value: number;
}

/**
 * A statistic of all repeats together, such as a difference of two standard deviations, with the 95 % interval over
 * resampled repeats.
 *
 * @param n repeats
 * @param statistic told the repeats, 0 … n − 1, each as often as it is drawn
 */
export function overRepeats(n: number, statistic: (repeats: ArrayLike<number>) => number): RepeatStatistic {
  const everyRepeat = Float64Array.from({ length: n }, (_, i) => i);
  return { n, value: statistic(everyRepeat), ...bootstrapInterval(everyRepeat, { statistic }) };
}

/** A statistic as a finding: the claim is that it is above 0. */
export function statisticFinding(statistic: RepeatStatistic, unit: string, decimals = 2): Finding {
  const { value, low, high, n } = statistic;
  const [middle, from, to] = [value, low, high].map((number) => signed(number, decimals));
  const ours = `${middle} ${unit} (95 % interval ${from} to ${to}, n = ${n})`;
  return { ours, verdict: decide(statistic), value, low, high, n, unit };
}

/**
 * A claim that some values are above a number on average: their mean with its 95 % interval.
 *
 * @param inWords the mean, two decimals, with its unit
 * @throws RangeError when there are no values
 */
export function meanFinding(values: readonly number[], above: number, inWords: (mean: string) => string): Finding {
  const [n, value, { low, high }] = [values.length, mean(values), bootstrapInterval(values)];
  const ours = `${inWords(value.toFixed(2))} (95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}, n = ${n})`;
  return { ours, verdict: decide({ n, low, high }, above), value, low, high, n };
}

/** The same of ratios; there may be none. */
export function ratioFinding(ratios: readonly number[], above: number): Finding {
  return ratios.length === 0 ? NOTHING_COMPARED : meanFinding(ratios, above, (mean) => `${mean} times`);
}

/** What was counted or computed without chance, in words, and whether the claim holds. */
export function counted(holds: boolean, ours: string): Finding {
  return { ours, verdict: holds ? 'holds' : 'does not hold' };
}

/** The claims of a notebook as the text of its file: numbers to 6 digits, keys in order, one line each. */
export function formatClaims({ claims, tables }: NotebookClaims): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(6)) : value;
  return `${JSON.stringify({ claims, tables }, rounded, 2)}\n`;
}
