import { InvalidArgumentError } from 'commander';

/** Part `part` of `parts`, counted from 1. */
export interface Shard {
  part: number;
  parts: number;
}

/** Parses `i/n`. */
export function parseShard(text: string): Shard {
  const [, part, parts] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!part || !parts || part > parts) {
    throw new InvalidArgumentError('Expected i/n with i from 1 to n, such as 3/16.');
  }
  return { part, parts };
}

/** Every `parts`-th item, from the `part`-th on; all where there is no shard. */
export function shardOf<T>(items: readonly T[], shard?: Shard): T[] {
  return shard ? items.filter((_, i) => i % shard.parts === shard.part - 1) : [...items];
}

/** What a shard's file has at the end of its name, before `.csv`. */
export function shardSuffix(shard?: Shard): string {
  return shard ? `.${shard.part}-of-${shard.parts}` : '';
}
