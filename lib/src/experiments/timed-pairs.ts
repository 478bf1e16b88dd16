import { compare, NOTHING_COMPARED, type Finding } from './claims';
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

/** What the second takes longer, seconds; and milliseconds for each cell that it scores more. */
export function lostTime({ first, second, extra }: TimedPair): { seconds: number; perCell: number } {
  return { seconds: second - first, perCell: (1000 * (second - first)) / extra };
}

/** A finding that the second takes longer, over pairs of stacks. */
export function longerFinding(pairs: readonly TimedPair[]): Finding {
  if (pairs.length === 0) return NOTHING_COMPARED;
  const found = compare(
    pairs.map(({ second }) => second),
    pairs.map(({ first }) => first),
    { unit: 's' },
  );
  const slower = pairs.filter(({ first, second }) => second > first).length;
  return { ...found, ours: `${found.ours}, longer in ${slower} of ${pairs.length} pairs of stacks` };
}

/** A finding that the second loses more time in one set of pairs than in another, over the same seeds. */
export function losesMoreFinding(here: readonly TimedPair[], there: readonly TimedPair[]): Finding {
  const twins = here.flatMap((pair) => {
    const twin = there.find(({ seeds }) => seeds === pair.seeds);
    return twin === undefined ? [] : [{ pair, twin }];
  });
  if (twins.length === 0) return NOTHING_COMPARED;
  return compare(
    twins.map(({ pair }) => lostTime(pair).seconds),
    twins.map(({ twin }) => lostTime(twin).seconds),
    { unit: 's' },
  );
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
