import type { GraphEncoding, SearchSpace } from '../../benchmarks/search-space';
import type { CodeSource } from '../../tables/code-source';
import { type Candidates, candidates } from '../candidates';
import { hammingKernel } from './hamming-kernel';
import { type Kernel, sumOf, withCache, withLinearTerm } from './kernel';
import { normalScores } from './normal-scores';
import { pathSumKernel } from './path-sum-kernel';
import { weisfeilerLehmanKernel } from './weisfeiler-lehman-kernel';

const KERNELS = {
  'path-sum': pathSumKernel,
  hamming: hammingKernel,
  'weisfeiler-lehman': weisfeilerLehmanKernel,
  'path-sum+hamming': (graphs: GraphEncoding, cells: Int32Array) =>
    sumOf(pathSumKernel(graphs, cells), hammingKernel(graphs, cells)),
} as const;

/** The kernels by name. */
export type KernelName = keyof typeof KERNELS;

/** How the scores of a code source enter the model: linearly, each as its normal score over the candidates. */
export interface PriorSettings {
  /** What the weight of the scores' sum is believed to be; above 0 where a high score promises a good cell. */
  weight: number;
  /** How sure that is: the standard deviation of each score's weight, learned from the labels; 0 for a fixed weight. */
  deviation: number;
}

/** What is believed of a space before anything was trained; the same for all seeds. */
export interface SearchModel {
  candidates: Candidates;
  kernel: Kernel;
  /** Prior mean of each candidate's normal score. */
  mean: Float64Array;
}

/** Kernel rows kept, 8 bytes a candidate each: searches side by side come to the same good cells. */
const CACHED_ROWS = 1000;

/**
 * Kernel and prior mean of a space's cells.
 *
 * @param codes scores of cells; read for every candidate where there is a prior
 * @throws Error for a prior without codes
 */
export function searchModel(
  { space, codes }: { space: SearchSpace; codes?: CodeSource },
  settings: { kernel: KernelName; distinct: boolean; prior?: PriorSettings },
): SearchModel {
  const { kernel: name, distinct, prior } = settings;
  const cells = candidates(space, distinct);
  let kernel = KERNELS[name](space.graphs, cells.positions);
  const mean = new Float64Array(cells.positions.length);
  if (prior) {
    if (!codes) throw new Error('a Gaussian process with a prior needs a source of scores: name one');
    const scores = scoreColumns(codes, cells.positions);
    for (const score of scores) score.forEach((value, i) => (mean[i]! += prior.weight * value));
    if (prior.deviation > 0) kernel = withLinearTerm(kernel, scores, prior.deviation ** 2);
  }
  return { candidates: cells, kernel: withCache(kernel, CACHED_ROWS), mean };
}

/** The normal scores of each entry of the candidates' codes. */
function scoreColumns(codes: CodeSource, positions: Int32Array): Float64Array[] {
  const read = codes.read(positions);
  return Array.from({ length: codes.entries }, (_, entry) =>
    normalScores(Float64Array.from(positions, (_, i) => read[i * codes.entries + entry]!)),
  );
}
