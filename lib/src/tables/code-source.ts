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
}

/**
 * The source with each entry shifted and scaled to mean 0 and (population) variance 1 over the cells given, all of which
 * it reads at once (protocol §2.5: the scale of the authors' codes is unknown, so raw is the default). An entry that is
 * the same for all these cells becomes 0.
 */
export function standardised(source: CodeSource, positions: ArrayLike<number>): CodeSource {
  const { entries } = source;
  const codes = source.read(positions);
  const mean = new Float64Array(entries);
  const deviation = new Float64Array(entries);
  codes.forEach((value, i) => (mean[i % entries]! += value / positions.length));
  codes.forEach((value, i) => (deviation[i % entries]! += (value - mean[i % entries]!) ** 2 / positions.length));
  deviation.forEach((variance, entry) => (deviation[entry] = Math.sqrt(variance)));
  return {
    ...source,
    name: `standardised:${source.name}`,
    recipe: `${source.recipe}; each entry standardised over ${positions.length} cells`,
    read: (wanted) =>
      source.read(wanted).map((value, i) => {
        const scale = deviation[i % entries]!;
        return scale === 0 ? 0 : (value - mean[i % entries]!) / scale;
      }),
  };
}
