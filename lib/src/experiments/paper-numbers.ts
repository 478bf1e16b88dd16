import { mean } from '../statistics/intervals';
import { signed } from '../statistics/signed';

/**
 * The paper's own curves, read from the pictures that its authors published (protocol §5.3,
 * ± 0.03 points, ± 0.08 where curves overlap), in percent; and BRP-NAS's points as typed into the authors' drawing script
 * (§5.4). Their labels are one undisclosed training of each cell, so absolute values compare with label policy `one-trial`
 * at best. The image of Fig. 5 was not published. Figs. 6a and 6b are of NAS-Bench-201 on CIFAR-100, Fig. 7 is of two small
 * spaces on CIFAR-10 (± 0.06 points).
 */

/** A point of a published curve. */
export interface PaperPoint {
  method: string;
  /** N + K, true trainings. */
  x: number;
  /** Mean best accuracy, percent. */
  mean: number;
}

const X_OF_6A = [40, 50, 60, 75, 100, 125, 150, 175, 200];

/** Fig. 6a: N = 30, x = 30 + K. */
export const PAPER_FIGURE_6A: readonly PaperPoint[] = [
  ...curve('predictor', X_OF_6A, '71.00 71.43 71.64 71.84 72.01 72.14 72.34 72.48 72.54'),
  ...curve('siams', X_OF_6A, '71.29 71.73 71.92 72.07 72.22 72.40 72.57 72.70 72.78'),
  ...curve('siams+nsam', X_OF_6A, '71.38 71.80 72.05 72.24 72.50 72.63 72.81 72.88 72.95'),
  ...curve('siams+nsam+bts', X_OF_6A, '71.59 72.02 72.24 72.46 72.59 72.72 72.91 72.99 73.07'),
];

const X_OF_6B = Array.from({ length: 16 }, (_, i) => 60 + 10 * i);

/** Fig. 6b: K = 30, x = N + 30. */
export const PAPER_FIGURE_6B: readonly PaperPoint[] = [
  ...curve(
    'predictor',
    X_OF_6B,
    '71.65 71.77 71.87 71.95 72.03 72.12 72.15 72.05 71.90 71.92 72.08 72.16 72.10 72.04 72.10 72.18',
  ),
  ...curve(
    'siams',
    X_OF_6B,
    '71.93 72.28 72.31 72.24 72.20 72.29 72.45 72.51 72.46 72.43 72.41 72.37 72.30 72.35 72.56 72.75',
  ),
  ...curve(
    'siams+nsam',
    X_OF_6B,
    '72.02 72.30 72.50 72.66 72.79 72.94 73.09 73.17 73.25 73.39 73.56 73.66 73.64 73.63 73.66 73.74',
  ),
  ...curve(
    'siams+nsam+bts',
    X_OF_6B,
    '72.25 72.50 72.87 73.28 73.58 73.71 73.75 73.84 73.98 74.10 74.16 74.18 74.20 74.22 74.24 74.25',
  ),
];

/** Trained cells above which the paper claims to be better than BRP-NAS (protocol §5.3). */
export const BETTER_THAN_BRP_NAS_ABOVE = 125;

/** BRP-NAS on CIFAR-100, under another protocol: labels are validation accuracies (protocol §5.4). */
export const BRP_NAS_CIFAR100: readonly { x: number; mean: number }[] = [
  { x: 100, mean: 73.7 },
  { x: 125, mean: 73.8 },
  { x: 150, mean: 73.8 },
  { x: 200, mean: 73.85 },
];

/** The method of Fig. 7, which the paper does not name: its best is assumed (protocol §5.2). */
export const FIGURE_7_METHOD = 'siams+nsam+bts';

const X_OF_7 = [20, 25, 30, 35, 40, 50, 60, 70, 80, 90, 100];

/** Figs. 7a (K = 5) and 7b (K = 10): x = N + K. */
const PAPER_FIGURE_7: Readonly<Record<string, Readonly<Record<number, readonly PaperPoint[]>>>> = {
  'tiny-nano-bench': {
    5: curve(FIGURE_7_METHOD, [15, ...X_OF_7], '90.4 90.5 90.9 91.45 92.0 92.36 92.67 92.85 92.94 92.98 93.00 93.00'),
    10: curve(FIGURE_7_METHOD, X_OF_7, '91.34 91.46 91.78 92.15 92.48 92.76 92.87 92.98 93.01 93.02 93.06'),
  },
  'tiny-nas-bench-201': {
    5: curve(FIGURE_7_METHOD, [15, ...X_OF_7], '84.2 87.9 89.8 90.5 90.6 90.58 90.73 90.87 91.08 91.14 91.18 91.29'),
    10: curve(FIGURE_7_METHOD, X_OF_7, '87.75 89.4 90.37 90.74 90.79 90.87 90.99 91.14 91.26 91.30 91.35'),
  },
};

/** The paper's curve in Fig. 7 for a benchmark and a K; empty where it shows none. */
export function paperFigure7(benchmark: string, top: number): readonly PaperPoint[] {
  return PAPER_FIGURE_7[benchmark]?.[top] ?? [];
}

/** The paper's number for a method at N + K trainings, where its figure shows one. */
export function paperNumber(points: readonly PaperPoint[], method: string, x: number): number | undefined {
  return points.find((point) => point.method === method && point.x === x)?.mean;
}

/**
 * The gap between two methods in the paper's Fig. 6b, percent points with sign, as the mean over some N; undefined where the
 * figure shows none of them.
 *
 * @param trainings N + K of each, with the figure's K
 */
export function paperGap(better: string, worse: string, trainings: readonly number[]): string | undefined {
  const gaps = trainings.flatMap((x) => {
    const [high, low] = [better, worse].map((method) => paperNumber(PAPER_FIGURE_6B, method, x));
    return high === undefined || low === undefined ? [] : [high - low];
  });
  return gaps.length === 0 ? undefined : signed(mean(gaps));
}

function curve(method: string, xs: readonly number[], percents: string): PaperPoint[] {
  const values = percents.split(' ').map(Number);
  return xs.map((x, i) => ({ method, x, mean: values[i]! }));
}
