/** Tables and curves of searches that are compared on one data set. */
import { bootstrapInterval, mean, pairedDifference, type Interval } from '../statistics/intervals';
import { signed } from '../statistics/signed';
import { scoreAfter, scoreAtPrice, trainingsTo, type SearchCurve } from './search-curve';

/** The searches of one method, a curve a seed. */
export interface ComparedMethod {
  title: string;
  curves: readonly SearchCurve[];
  /** Mean processor seconds of a search, where they were measured alike. */
  processorSeconds?: number;
}

/** One point of a curve of regrets. */
export interface RegretPoint {
  method: string;
  /** Trainings, codes included. */
  x: number;
  /** Mean over the searches of best score − score kept, points, with its 95 % interval. */
  regret: number;
  low: number;
  high: number;
  n: number;
}

/** Resamples of an interval that is only drawn. */
const DRAWN_RESAMPLES = 400;

/** Trainings at which curves are drawn: all up to 10, then about 20 a decade. */
export function drawnTrainings(most: number): number[] {
  const all = Array.from({ length: 20 * Math.ceil(Math.log10(most)) + 1 }, (_, i) => Math.round(10 ** (i / 20)));
  return [...new Set([...all, most])].filter((n) => n <= most).sort((a, b) => a - b);
}

/** The mean regret after so many trainings. @param best the highest score there is, percent */
export function regretPoint({ title, curves }: ComparedMethod, best: number, trainings: number): RegretPoint {
  const regrets = curves.map((curve) => best - scoreAfter(curve, trainings)!);
  const { low, high } = bootstrapInterval(regrets, { resamples: DRAWN_RESAMPLES });
  const x = trainings + mean(curves.map(({ codesInTrainings }) => codesInTrainings));
  return { method: title, x, regret: mean(regrets), low, high, n: regrets.length };
}

/** The curve of a method: its regret at `drawnTrainings` of its shortest search. */
export function regretCurve(method: ComparedMethod, best: number): RegretPoint[] {
  const most = Math.min(...method.curves.map(({ trainings }) => trainings));
  return drawnTrainings(most).map((n) => regretPoint(method, best, n));
}

/** Trainings that searches needed. */
export interface Needs {
  /** Over the searches; Infinity where so many did not come there. */
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
  /** 95 % interval of the median. */
  interval: Interval;
  /** Share of the searches that came there, 0 … 1. */
  reached: number;
  n: number;
}

/** The median; Infinity where half of the values are. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** On a straight line between the two values nearest to it, which may be infinite. */
function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below === above ? below : below + (place - Math.floor(place)) * (above - below);
}

/** What the searches of a method need until the score kept is within `regret` points of the best. */
export function needs({ curves }: ComparedMethod, best: number, regret: number): Needs {
  const found = curves.map((curve) => trainingsTo(curve, best - regret));
  return {
    median: median(found),
    lowerQuartile: quantile(found, 0.25),
    upperQuartile: quantile(found, 0.75),
    interval: bootstrapInterval(found, { statistic: median }),
    reached: found.filter(Number.isFinite).length / found.length,
    n: found.length,
  };
}

/** Median and quartiles in words: `14 (9 to 22)`; `> 60` where the searches ended before. */
export function describeNeeds({ median, lowerQuartile, upperQuartile }: Needs, longest: number): string {
  const number = (value: number): string => (Number.isFinite(value) ? `${Number(value.toFixed(1))}` : `> ${longest}`);
  return Number.isFinite(lowerQuartile)
    ? `${number(median)} (${number(lowerQuartile)} to ${number(upperQuartile)})`
    : number(median);
}

/** The share of searches that had the best cell after so many trainings, codes included, with its 95 % interval. */
export function shareWithBest(
  { curves }: ComparedMethod,
  best: number,
  trainings: number,
): Interval & { share: number } {
  const had = curves.map((curve) => (trainingsTo(curve, best) <= trainings ? 1 : 0));
  return { share: mean(had), ...bootstrapInterval(had) };
}

/**
 * A row a method: trainings to the best cell (the one of the score `best`), the share that had it after the last of some
 * numbers of trainings, the mean regret after each of them, and by how much more than another method's at one of them;
 * codes are counted everywhere.
 *
 * @param own the method that the others are held against, pair by pair, after `at` trainings
 */
export function regretRows(
  methods: readonly ComparedMethod[],
  { best, after, own, at }: { best: number; after: readonly number[]; own: ComparedMethod; at: number },
): Record<string, string | number>[] {
  const regrets = ({ curves }: ComparedMethod, spent: number): number[] =>
    curves.map((curve) => best - (scoreAtPrice(curve, spent) ?? NaN));
  return methods.map((method) => {
    const longest = Math.max(...method.curves.map(({ trainings }) => trainings));
    const last = after.at(-1)!;
    const columns = after.map((spent) => {
      const regret = mean(regrets(method, spent));
      return [`regret after ${spent}`, Number.isNaN(regret) ? '–' : regret.toFixed(2)];
    });
    const pairs = Math.min(method.curves.length, own.curves.length);
    const [these, owns] = [method, own].map((each) => regrets(each, at).slice(0, pairs));
    const { mean: more, low, high } = pairedDifference(these!, owns!);
    const [middle, from, to] = [more, low, high].map((value) => signed(value));
    const isOpen = method === own || Number.isNaN(more); // before its first training there is nothing to compare
    return {
      search: method.title,
      n: method.curves.length,
      'to the best': describeNeeds(needs(method, best, 0), longest),
      [`has it after ${last}, %`]: 100 * shareWithBest(method, best, last).share,
      ...(Object.fromEntries(columns) as Record<string, string>),
      [`after ${at}, more than ${own.title}`]: isOpen ? '–' : `${middle} (${from} to ${to})`,
    };
  });
}

/** Regrets of the table, points. */
const TABLED_REGRETS = [0.5, 0.1, 0] as const;

/** A row a method: trainings needed to each regret as median and quartiles, and what a search costs besides. */
export function needRows(methods: readonly ComparedMethod[], best: number): Record<string, string | number>[] {
  return methods.map((method) => {
    const { title, curves, processorSeconds } = method;
    const longest = Math.max(...curves.map(({ trainings }) => trainings));
    const entries = TABLED_REGRETS.map((regret) => [
      regret === 0 ? 'the best cell' : `regret ≤ ${regret}`,
      describeNeeds(needs(method, best, regret), longest),
    ]);
    return {
      method: title,
      ...(Object.fromEntries(entries) as Record<string, string>),
      'found the best, %': 100 * needs(method, best, 0).reached,
      'most trainings': longest,
      n: curves.length,
      ...(processorSeconds !== undefined && { 'seconds a search': processorSeconds }),
    };
  });
}
