/** Where the numbers come from that tell a predictor more of a cell than its graph does. */

/** A source of estimation codes, or of whatever takes their place: a table, or a trainer that measures on demand. */
export interface CodeSource {
  /** Name as a user types it and a record keeps it. */
  name: string;
  /** One line: recipe and origin. */
  recipe: string;
  /** How many numbers a cell's code has, k. */
  entries: number;
  /** Cost of one code in full trainings: 0.003 for an estimation code (protocol §4.1), 0 for FLOPs. */
  trainingsPerCode: number;
  /** The codes of cells by position, `[positions.length · entries]`. Throws when a code cannot be had. */
  read(positions: ArrayLike<number>): Float32Array;
  /** The same in doubles, for a source that may have numbers beyond float32. */
  readDoubles?(positions: ArrayLike<number>): Float64Array;
}

/**
 * The source with each entry shifted and scaled to mean 0 and (population) variance 1 over the cells given, all of which
 * it reads at once (protocol §2.5: the scale of the authors' codes is unknown, so raw is the default). An entry that is
 * the same for all these cells becomes 0. In doubles, so that numbers beyond float32 may be scaled to some within it.
 *
 * @throws Error when the square of a number is beyond a double
 */
export function standardised(source: CodeSource, positions: ArrayLike<number>): CodeSource {
  const { entries } = source;
  const codes = doublesOf(source, positions);
  const mean = new Float64Array(entries);
  const deviation = new Float64Array(entries);
  codes.forEach((value, i) => (mean[i % entries]! += value / positions.length));
  codes.forEach((value, i) => (deviation[i % entries]! += (value - mean[i % entries]!) ** 2 / positions.length));
  deviation.forEach((variance, entry) => (deviation[entry] = Math.sqrt(variance)));
  if (!deviation.every(Number.isFinite)) {
    throw new Error(
      `codes "${source.name}": numbers beyond 1e154 cannot be standardised; take the logarithm first: ` +
        `standardised:log:${source.name}`,
    );
  }
  return mapped(source, {
    name: `standardised:${source.name}`,
    recipe: `${source.recipe}; each entry standardised over ${positions.length} cells`,
    map(value, entry) {
      const scale = deviation[entry]!;
      return scale === 0 ? 0 : (value - mean[entry]!) / scale;
    },
  });
}

/**
 * The source with sign(x) · ln(1 + |x|) for each number x: scores such as synflow span dozens of powers of ten, up to 1e48,
 * which no predictor can be fed as they are. In doubles. Keeps order, sign, and 0.
 */
export function logarithmic(source: CodeSource): CodeSource {
  return mapped(source, {
    name: `log:${source.name}`,
    recipe: `${source.recipe}; sign(x) · ln(1 + |x|) of each`,
    map: (value) => Math.sign(value) * Math.log1p(Math.abs(value)),
  });
}

function doublesOf(source: CodeSource, positions: ArrayLike<number>): Float64Array {
  return source.readDoubles?.(positions) ?? Float64Array.from(source.read(positions));
}

/** The source with another name, and each number replaced. */
function mapped(
  source: CodeSource,
  about: { name: string; recipe: string; map: (value: number, entry: number) => number },
): CodeSource {
  const { name, recipe, map } = about;
  const readDoubles = (positions: ArrayLike<number>): Float64Array =>
    doublesOf(source, positions).map((value, i) => map(value, i % source.entries));
  return { ...source, name, recipe, readDoubles, read: (positions) => Float32Array.from(readDoubles(positions)) };
}
