import { signed } from '../statistics/signed';
import { bestOfTop, type RunRecord } from './run-record';
import { bootstrapInterval, type Interval, type Resampling } from '../statistics/intervals';

/** Stands for ∞ in resamples: quantiles are interpolated, and ∞ − ∞ is no number. */
const BEYOND = 1e12;

/** More than any budget, less than what an interpolation with `BEYOND` gives. */
const MOST_TRAININGS = 1e6;

/** What `trainingsSaved` reads of a run. */
export type SpentRun = Pick<RunRecord, 'budget' | 'seed' | 'method' | 'bestAccuracy' | 'codesInTrainings'>;

/** Where a method reaches another one's accuracy: at a cost between two measured ones, or outside of what was measured. */
export type Reach = 'between' | 'at the smallest budget' | 'at no budget';

/**
 * How many trainings a method saves against a rival at the rival's own accuracy. `low` and `high` are the 95 % interval
 * of the saving: `high` is ∞ where the method's smallest budget may do already, since a smaller one was not measured, and
 * `low` is −∞ where none of its budgets may do.
 */
export interface TrainingsSaved extends Interval {
  /** N of the rival. */
  budget: number;
  /** The rival's mean best accuracy there, percent: what the method has to reach. */
  accuracy: number;
  reach: Reach;
  /** N plus codes, in trainings, at which the method reaches it; its least or greatest measured cost where outside. */
  cost: number;
  /** The rival's cost less `cost`: at least that at the smallest budget, at most that where it is not reached. */
  saved: number;
  /** Repeats. */
  n: number;
}

type Saving = Pick<TrainingsSaved, 'reach' | 'accuracy' | 'cost' | 'saved'>;

/** All repeats of a method at one N; the i-th entries of all points share a seed. */
interface Point {
  budget: number;
  /** Best accuracy among the first K cells, percent. */
  accuracy: Float64Array;
  /** N plus codes, in trainings. */
  cost: Float64Array;
}

/**
 * The paper's S₁ + S₂ < S₀ (protocol §8, Eq. 1) in numbers: for each budget S₀ of the rival, the smallest cost, N and
 * the codes read, at which the method's mean best accuracy reaches the rival's, and what that saves. Between measured
 * budgets the method's curve is a straight line; where it dips, its first crossing counts. Both pay the same K
 * trainings at the end, which cancel.
 *
 * The interval resamples seeds, the same ones for both methods and all budgets, since equal seeds share their chance.
 *
 * @param method runs of one method at several budgets
 * @param rival runs of another one; in the paper the naive predictor, which reads no codes
 * @param top K
 * @returns for each budget of the rival, ascending; at or below the method's smallest budget no saving can be seen
 * @throws RangeError when there are no runs, or when a point has not exactly the seeds of all others
 */
export function trainingsSaved(
  method: readonly SpentRun[],
  rival: readonly SpentRun[],
  top: number,
  options: Resampling = {},
): TrainingsSaved[] {
  const seeds = [...new Set(rival.map(({ seed }) => seed))].sort((a, b) => a - b);
  const curve = pointsOf(method, seeds, top);
  const targets = pointsOf(rival, seeds, top);
  const everyRepeat = seeds.map((_, i) => i);
  return targets.map((target) => {
    const least = bootstrapInterval(everyRepeat, {
      ...options,
      statistic: (repeats) => bounds(compare(curve, target, repeats)).least,
    });
    const most = bootstrapInterval(everyRepeat, {
      ...options, // the same seed, so the same resamples
      statistic: (repeats) => bounds(compare(curve, target, repeats)).most,
    });
    const { budget } = target;
    return {
      budget,
      ...compare(curve, target, everyRepeat),
      low: end(least.low),
      high: end(most.high),
      n: seeds.length,
    };
  });
}

/** A saving in words: 'at least +69.5 trainings (95 % interval +41.2 to +∞, n = 30)'. */
export function describeSaving({ reach, saved, low, high, n }: TrainingsSaved): string {
  const bound = { between: '', 'at the smallest budget': 'at least ', 'at no budget': 'at most ' }[reach];
  const trainings = (value: number): string => signed(value, 1);
  return `${bound}${trainings(saved)} trainings (95 % interval ${trainings(low)} to ${trainings(high)}, n = ${n})`;
}

function pointsOf(runs: readonly SpentRun[], seeds: readonly number[], top: number): Point[] {
  const budgets = [...new Set(runs.map(({ budget }) => budget))].sort((a, b) => a - b);
  if (budgets.length === 0) throw new RangeError('a saving needs runs of both methods');
  return budgets.map((budget) => {
    const here = runs.filter((run) => run.budget === budget).sort((a, b) => a.seed - b.seed);
    if (here.length !== seeds.length || here.some(({ seed }, i) => seed !== seeds[i]))
      throw new RangeError(
        `a saving is taken over equal seeds: at N = ${budget} there are ${here.length} runs of other seeds than the ` +
          `${seeds.length} of the rival (${seeds.join(', ')})`,
      );
    return {
      budget,
      accuracy: Float64Array.from(here, (run) => bestOfTop(run, top)),
      cost: Float64Array.from(here, ({ codesInTrainings }) => budget + codesInTrainings),
    };
  });
}

/** What the method saves against one point of the rival, over some repeats, each as often as it is listed. */
function compare(curve: readonly Point[], target: Point, repeats: ArrayLike<number>): Saving {
  const over = (values: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < repeats.length; i++) sum += values[repeats[i]!]!;
    return sum / repeats.length;
  };
  const accuracy = over(target.accuracy);
  const spent = over(target.cost);
  let before = NaN; // accuracy and cost of the point before
  let costBefore = NaN;
  for (const point of curve) {
    const reached = over(point.accuracy);
    const cost = over(point.cost);
    if (reached >= accuracy) {
      if (point === curve[0]) return { reach: 'at the smallest budget', accuracy, cost, saved: spent - cost };
      const between = costBefore + ((cost - costBefore) * (accuracy - before)) / (reached - before);
      return { reach: 'between', accuracy, cost: between, saved: spent - between };
    }
    before = reached;
    costBefore = cost;
  }
  return { reach: 'at no budget', accuracy, cost: costBefore, saved: spent - costBefore };
}

/** What is known of a saving: all of it, or one of its ends. */
function bounds({ reach, saved }: Saving): { least: number; most: number } {
  return {
    least: reach === 'at no budget' ? -BEYOND : saved,
    most: reach === 'at the smallest budget' ? BEYOND : saved,
  };
}

/** An end of an interval, ±∞ where it is made of what lies outside. */
function end(value: number): number {
  return Math.abs(value) > MOST_TRAININGS ? Math.sign(value) * Infinity : value;
}
