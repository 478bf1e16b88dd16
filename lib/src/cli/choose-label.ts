import type { Benchmark } from '../benchmarks/benchmark';
import { oneOf, UsageError } from './command';

/** The label policy that --label names, by default the first; all of the data sets must have it, else a UsageError. */
export function chooseLabel(named: string | undefined, datasets: readonly string[], benchmark: Benchmark): string {
  const names = Object.keys(benchmark.labels);
  const label = oneOf('--label', named ?? names[0]!, names);
  const { datasets: has } = benchmark.labels[label]!;
  const lacking = has && datasets.find((dataset) => !has.includes(dataset));
  if (lacking) throw new UsageError(`--label "${label}" is there for ${has.join(', ')} only, not for ${lacking}`);
  return label;
}
