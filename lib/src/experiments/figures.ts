/** What the paper's benchmark figures are made of (protocol §5.1, §5.2): one settings object each. */

/** A figure whose curves are means over repeats of runs. */
export interface FigureSettings {
  title: string;
  space: string;
  datasets: readonly string[];
  methods: readonly string[];
  /** N of each point. */
  budgets: readonly number[];
  /** K: cells taken from the top of the final ranking, where N varies. */
  top: number;
  /** Trainings of each point. */
  repeats: number;
  preset: string;
}

/** The paper's methods, in its order. */
export const PAPER_METHODS: readonly string[] = ['predictor', 'siams', 'siams+nsam', 'siams+nsam+bts'];

const curves = {
  space: 'nas-bench-201',
  methods: PAPER_METHODS,
  budgets: Array.from({ length: 18 }, (_, i) => 30 + 10 * i), // N = 30, 40 … 200
  repeats: 100,
  preset: 'official', // the nearest known thing to what made the curves (§0)
} as const;

/** Figs. 5 and 6. They share runs: K is a way to look at a run. */
export const figures = {
  fig5: { ...curves, title: 'Fig. 5: best accuracy against N + 20', datasets: ['cifar10', 'cifar100'], top: 20 },
  fig6: { ...curves, title: 'Fig. 6: trade-off between N and K', datasets: ['cifar100'], top: 30 },
} as const satisfies Record<string, FigureSettings>;

/** The main job: the methods of Fig. 6b at two budgets, small enough to wait for. */
export const quickStart = {
  ...curves,
  title: 'Siamese-NAS in a few minutes: best accuracy with N trained samples and K = 30 looks',
  datasets: ['cifar100'],
  budgets: [30, 100],
  top: 30,
  repeats: 10,
} as const satisfies FigureSettings;

/** Fig. 6a keeps N and varies K. */
export const FIGURE_6A_BUDGET = 30;
