import type { Benchmark } from '../benchmarks/benchmark';
import { equalNetworks } from '../benchmarks/unique-cells';
import { normalScores } from '../statistics/normal-scores';
import { Random } from '../tensors/random';
import { loadAccuracies } from './accuracies';
import { codeTable, type CodeTable } from './code-table';

/**
 * A code that no one can call weak, for an upper bound on what a code may be worth: of each network the true accuracy on a
 * data set, as a normal score z of its rank, in normal noise e: r z + √(1 − r²) e, with r = 2 sin(π ρ / 6), so that its
 * Spearman correlation with the accuracies is ρ but for chance (the relation of both correlations in a bivariate normal
 * distribution). One number a cell, mean 0 and variance 1; equal networks share it. Not for a search: it looks up what is
 * searched.
 *
 * @param rho from 0 to 1
 * @param seed of the noise
 */
export function oracleCodes(benchmark: Benchmark, name: string, dataset: string, rho: number, seed: number): CodeTable {
  const space = benchmark.space();
  const { score, datasetTitle, policyTitle } = loadAccuracies(benchmark, dataset);
  const { representatives, representativeOf } = equalNetworks(space);
  const r = 2 * Math.sin((Math.PI * rho) / 6);
  const random = new Random(seed, 'oracle codes');
  const z = normalScores(Array.from(representatives, (position) => score.values[position]!));
  const noisy = z.map((value) => r * value + Math.sqrt(1 - r * r) * random.normal());
  const ofNetwork = new Map(Array.from(representatives, (position, i) => [position, noisy[i]!]));
  return codeTable(
    space,
    Float64Array.from(representativeOf, (position) => ofNetwork.get(position)!),
    {
      name,
      recipe:
        `an oracle: the true accuracy on ${datasetTitle} (${policyTitle}) in noise, Spearman ${rho} with it, ` +
        `seed ${seed}`,
      trainingsPerCode: 0,
    },
  );
}
