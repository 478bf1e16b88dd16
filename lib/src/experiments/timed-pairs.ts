import type { RunRecord } from './run-record';

/** Times of two methods on the same seeds, a stack of repeats each, made in turns on one machine. */
export interface TimedPair {
  /** '1 to 5' */
  seeds: string;
  /** Processor seconds of a repeat. */
  first: number;
  second: number;
  /** Cells that the second method scored more, of a repeat. */
  extra: number;
}

/**
 * The blocks of seeds whose two stacks were made in turns and timed; a run that another command made in a stack of
 * another size has no such partner.
 *
 * @param blocks seeds of each stack
 */
export function timedPairs(
  first: readonly RunRecord[],
  second: readonly RunRecord[],
  blocks: readonly (readonly number[])[],
): TimedPair[] {
  return blocks.flatMap((seeds): TimedPair[] => {
    const [a, b] = [first, second].map((records) => records.find(({ seed }) => seed === seeds[0]));
    if (a?.processorSeconds === undefined || b?.processorSeconds === undefined) return [];
    if (a.stack !== seeds.length || b.stack !== seeds.length) return [];
    return [
      {
        seeds: `${seeds[0]!} to ${seeds.at(-1)!}`,
        first: a.processorSeconds,
        second: b.processorSeconds,
        extra: (b.scoredCells ?? 0) - (a.scoredCells ?? 0),
      },
    ];
  });
}
