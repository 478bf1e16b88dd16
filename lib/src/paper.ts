/** What the paper and others published, as `nas.paper`: settings of its figures, and numbers read from them. */

export { FIGURE_6A_BUDGET, FIGURE_7_TOPS, figures, PAPER_METHODS } from './experiments/figures';
export {
  BRP_NAS_CIFAR100,
  FIGURE_7_METHOD,
  PAPER_FIGURE_6A,
  PAPER_FIGURE_6B,
  paperFigure7,
  paperGap,
  paperNumber,
} from './experiments/paper-numbers';
export { PUBLISHED_SCORES } from './experiments/published-scores';
