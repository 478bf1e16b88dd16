/**
 * Random numbers from explicit seeds. A run has one seed; each of its uses of chance (initial weights, pool, batches,
 * subsets) has a stream of its own, so that adding a draw to one of them never moves another, and so that the methods
 * that share a seed see the same pool.
 */
import { unsafeUniformIntDistribution, xoroshiro128plus, type RandomGenerator } from 'pure-rand';

/** A stream of random numbers; every draw advances it. */
export class Random {
  private readonly generator: RandomGenerator;

  /**
   * @param seed the run's seed, an integer
   * @param stream what the numbers are for; equal seed and stream give equal numbers
   */
  constructor(seed: number, ...stream: (string | number)[]) {
    this.generator = xoroshiro128plus(hash(JSON.stringify([seed, ...stream])));
  }

  /** A number drawn uniformly from [0, 1), a multiple of 2⁻³². */
  uniform(): number {
    return (this.generator.unsafeNext() >>> 0) / 2 ** 32;
  }

  /** An integer drawn uniformly from 0 … count − 1. */
  integer(count: number): number {
    return unsafeUniformIntDistribution(0, count - 1, this.generator);
  }

  /** A number from the standard normal distribution (Box and Muller's transform, one of its two values). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** `chosen` different integers of 0 … count − 1, in random order. Throws a RangeError when chosen > count. */
  sample(count: number, chosen: number): Int32Array {
    if (chosen > count) throw new RangeError(`cannot draw ${chosen} different numbers out of ${count}`);
    const all = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = 0; i < chosen; i++) {
      const j = i + this.integer(count - i);
      const swapped = all[i]!;
      all[i] = all[j]!;
      all[j] = swapped;
    }
    return all.slice(0, chosen);
  }
}

/** FNV-1a over the text's UTF-16 units, 32 bits, with a final mix so that near texts give far seeds. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
