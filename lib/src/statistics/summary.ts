import { mean, std } from './intervals';

/** Some numbers in short. */
export interface Summary {
  count: number;
  lowest: number;
  median: number;
  mean: number;
  /** Population standard deviation. */
  std: number;
  best: number;
  /** The best but one and the best but two, where there are as many. */
  second?: number;
  third?: number;
}

/** Some numbers in short; higher is better. Throws a RangeError where there are none. */
export function summary(values: ArrayLike<number>): Summary {
  const ascending = Float64Array.from(values).sort();
  const count = ascending.length;
  if (count === 0) throw new RangeError('there is nothing to sum up');
  const middle = (count - 1) / 2;
  return {
    count,
    lowest: ascending[0]!,
    median: (ascending[Math.floor(middle)]! + ascending[Math.ceil(middle)]!) / 2,
    mean: mean(ascending),
    std: std(ascending),
    best: ascending.at(-1)!,
    second: ascending.at(-2),
    third: ascending.at(-3),
  };
}
