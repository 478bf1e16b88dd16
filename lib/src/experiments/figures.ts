/** What the paper's benchmark figures are made of (protocol §5.1, §5.2): one settings object each. */

/** A figure whose curves are means over repeats of runs. */
export interface FigureSettings {
  title: string;
  /** Benchmarks that the figure shows; the first where none is asked for. */
  spaces: readonly string[];
  /** Label policy; the benchmark's first where absent. */
  label?: string;
  /** Code sources by benchmark; a benchmark's default where absent. */
  codes?: Readonly<Record<string, string>>;
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
  spaces: ['nas-bench-201'],
  methods: PAPER_METHODS,
  budgets: Array.from({ length: 18 }, (_, i) => 30 + 10 * i), // N = 30, 40 … 200
  repeats: 100,
  preset: 'official', // the nearest known thing to what made the curves (§0)
} as const;

/**
 * The curves: Figs. 5 and 6 share runs, K being a way to look at a run. Of Fig. 7 the paper does not name the method; the
 * best one is assumed (protocol §5.2), and the naive predictor is made beside it.
 */
export const figures = {
  fig5: { ...curves, title: 'Fig. 5: best accuracy against N + 20', datasets: ['cifar10', 'cifar100'], top: 20 },
  fig6: { ...curves, title: 'Fig. 6: trade-off between N and K', datasets: ['cifar100'], top: 30 },
  fig7: {
    ...curves,
    title: 'Fig. 7: best accuracy on two small spaces',
    spaces: ['tiny-nano-bench', 'tiny-nas-bench-201'],
    label: 'reduced',
    // Losses of the paper's recipe in both spaces; here of a small network, since few of the authors' are measured.
    codes: { 'tiny-nas-bench-201': 'reduced-codes' },
    datasets: ['cifar10'],
    methods: ['predictor', 'siams+nsam+bts'],
    budgets: Array.from({ length: 18 }, (_, i) => 10 + 5 * i), // N = 10, 15 … 95
    top: 10,
  },
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

/** K of Figs. 7a and 7b. */
export const FIGURE_7_TOPS = [5, 10] as const;
