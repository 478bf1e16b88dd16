import type { Network } from '../convnet/network';
import type { Benchmark, NetworkSize } from './benchmark';

/** The network that a cell makes: the benchmark's own (`full`), or one of another size. Throws an Error where it has none. */
export function networkOf(benchmark: Benchmark, position: number, size: NetworkSize | 'full'): Network {
  const network = size === 'full' ? benchmark.networks?.full(position) : benchmark.sizedNetwork?.(position, size);
  if (!network) throw new Error(`${benchmark.title} says no networks of its cells, so nothing of them can be measured`);
  return network;
}
