import { type Benchmark } from '../benchmarks/benchmark';
import { countMacs } from '../convnet/network';
import { timeSteps } from '../convnet/time-steps';
import { Random } from '../tensors/random';

/** How long a training step of a benchmark's own network takes on one thread. */
export interface NetworkStepTime {
  cell: string;
  /** Images. */
  batch: number;
  /** Multiply-accumulates of one image on the way forward, millions. */
  mflops: number;
  /** Median processor time, ms. */
  milliseconds: number;
}

/** Of so many random cells the cheapest, the middling and the costliest are timed. */
const DRAWN = 50;
const BATCH = 16;

/** Times training steps of three networks of a benchmark with the native engine; none where it says no networks. */
export function benchmarkNetworkStep({ networks, space }: Benchmark): NetworkStepTime[] {
  if (!networks) return [];
  const { size, cells } = space();
  const drawn = Array.from(new Random(0, 'timed networks').sample(size, Math.min(DRAWN, size)), (position) => {
    const network = networks.full(position);
    return { cell: cells[position]!, network, mflops: countMacs(network, false) / 1e6, batch: BATCH };
  }).sort((a, b) => a.mflops - b.mflops);
  const chosen = [...new Set([0, Math.floor((drawn.length - 1) / 2), drawn.length - 1])].map((i) => drawn[i]!);
  const times = timeSteps(chosen);
  return chosen.map(({ cell, batch, mflops }, i) => ({ cell, batch, mflops, milliseconds: times[i]! }));
}
