/** Settings of a notebook, which a user may give from outside: `NAS_REPEATS=100 npm run notebooks -- 05`. */

/** Whether the notebook runs with shrunken settings (`--fast`), to see whether it works: it then keeps no results. */
export function isFast(): boolean {
  return process.env['NAS_FAST'] === '1';
}

/**
 * A setting: what the environment variable says, else the default. Numbers are read as numbers, lists as numbers between
 * commas.
 *
 * @param name of the variable, such as `NAS_REPEATS`
 * @param value the default, which also says what the setting is: a number, several, or a word
 * @throws RangeError when the variable holds something else
 */
export function setting<T extends number | string | readonly number[]>(name: string, value: T): Widened<T> {
  const given = process.env[name];
  if (given === undefined) return value as unknown as Widened<T>;
  if (typeof value === 'string') return given as Widened<T>;
  const numbers = given.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const wanted = typeof value === 'number' ? 'a number' : 'numbers between commas';
  if (!numbers.every(Number.isFinite) || (typeof value === 'number' && numbers.length > 1)) {
    throw new RangeError(`${name}: found "${given}", expected ${wanted}`);
  }
  return (typeof value === 'number' ? numbers[0] : numbers) as Widened<T>;
}

/** The type of a setting whose default is a T. */
export type Widened<T> = T extends number ? number : T extends string ? string : number[];
