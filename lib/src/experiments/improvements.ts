/** What was tried to make path-sum regression better, and where it was tried beside whole spaces: random parts of one. */
import { CONTESTS, type Contender, type Contest } from './contenders';

/** Gaussian processes beside those that take part everywhere. */
export const IMPROVEMENTS: readonly Contender[] = [
  { title: 'path sums, synflow as mean', method: 'score-as-mean', changes: {}, codes: 'synflow', isModel: true },
  {
    title: 'path sums, shuffled synflow as mean',
    method: 'score-as-mean',
    changes: {},
    codes: 'shuffled:synflow',
    isModel: true,
  },
  { title: 'path sums, code as mean', method: 'low-score-as-mean', changes: {}, codes: 'reduced-codes', isModel: true },
  {
    title: 'path sums, code as second fidelity',
    method: 'two-fidelities',
    changes: {},
    codes: 'reduced-codes',
    isModel: true,
  },
];

/** The paper's predictor, trained anew on all labels before each batch; takes minutes. */
export const LOOPS: readonly Contender[] = [
  { title: 'siams +NSAM in a loop', method: 'siams+nsam-loop', changes: {}, codes: 'proxy-losses', isModel: true },
];

/** Random parts of a space that are searched one by one, and compared together. */
export interface PartsContest extends Contest {
  /** Share of the networks that a part has. */
  share: number;
}

const wholes = CONTESTS.filter(({ space, label }) => space === 'nas-bench-201' && label === 'mean');

/** Random halves of the networks, where the one cell that a score happens to rank first is often missing. */
export const HALVES: readonly PartsContest[] = [
  { ...wholes[1]!, share: 0.5, modelTrainings: 40 },
  { ...wholes[2]!, share: 0.5, modelTrainings: 60 },
];

/** Random tenths, as far as 30 trainings. */
export const TENTHS: readonly PartsContest[] = wholes.map((whole) => ({ ...whole, share: 0.1, modelTrainings: 30 }));
