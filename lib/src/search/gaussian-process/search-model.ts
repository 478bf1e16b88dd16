import type { GraphEncoding, SearchSpace } from '../../benchmarks/search-space';
import type { CodeSource } from '../../tables/code-source';
import { type Candidates, candidates } from '../candidates';
import { hammingKernel } from './hamming-kernel';
import { type Kernel, withCache } from './kernel';
import { normalScores } from '../../statistics/normal-scores';
import { pathSumKernel } from './path-sum-kernel';
import { weisfeilerLehmanKernel } from './weisfeiler-lehman-kernel';

/** The kernels by name. */
export type KernelName = 'path-sum' | 'hamming' | 'weisfeiler-lehman';

const KERNELS: Readonly<Record<KernelName, (graphs: GraphEncoding, cells: Int32Array) => Kernel>> = {
  'path-sum': pathSumKernel,
  hamming: hammingKernel,
  'weisfeiler-lehman': weisfeilerLehmanKernel,
};

/** One opinion on how labels come about. */
export interface ExpertSettings {
  kernel: KernelName;
  /** Variance of a label's normal score about the cell's own. */
  noise: number;
  /**
   * Present: the mean of a cell's normal score is so many times the normal score, over the candidates, of what a code
   * source says of it; below 0 where low is good, as of losses. Of a source with several entries each is an expert of its
   * own.
   */
  scoreWeight?: number;
}

/** What one expert believes before anything was trained. */
export interface Expert {
  /** The place of its posterior among the model's: experts that differ in their mean alone share one. */
  posterior: number;
  /** Mean of each candidate's normal score. */
  mean: Float64Array;
}

/** What is believed of a space before anything was trained; the same for all seeds. */
export interface SearchModel {
  candidates: Candidates;
  posteriors: readonly { kernel: Kernel; noise: number }[];
  experts: readonly Expert[];
}

/** Bytes of kernel rows kept, 8 a candidate: searches side by side, and one after the other, come to the same good cells. */
const CACHED_BYTES = 256e6;

/** The kernels of each space that is in use, by name and candidates. */
const made = new WeakMap<GraphEncoding, Map<string, Kernel>>();

function kernelOf(graphs: GraphEncoding, name: KernelName, cells: Int32Array): Kernel {
  const ofSpace = made.get(graphs) ?? new Map<string, Kernel>();
  made.set(graphs, ofSpace);
  const key = `${name} ${cells.length}`; // a space has two sets of candidates, of different sizes: cells and networks
  const rows = Math.floor(CACHED_BYTES / (8 * cells.length));
  const kernel = ofSpace.get(key) ?? withCache(KERNELS[name](graphs, cells), rows);
  ofSpace.set(key, kernel);
  return kernel;
}

/**
 * Kernels and prior means of a space's cells.
 *
 * @param codes scores of cells; read for every candidate where an expert wants them
 * @throws Error for an expert that wants scores without a source
 */
export function searchModel(
  { space, codes }: { space: SearchSpace; codes?: CodeSource },
  settings: { experts: readonly ExpertSettings[]; distinct: boolean },
): SearchModel {
  const cells = candidates(space, settings.distinct);
  const posteriors: { kernel: Kernel; noise: number }[] = [];
  const experts: Expert[] = [];
  for (const { kernel: name, noise, scoreWeight } of settings.experts) {
    const kernel = kernelOf(space.graphs, name, cells.positions);
    let posterior = posteriors.findIndex((each) => each.kernel === kernel && each.noise === noise);
    if (posterior < 0) posterior = posteriors.push({ kernel, noise }) - 1;
    const none = new Float64Array(cells.positions.length);
    const means = scoreWeight === undefined ? [none] : scoreMeans(codes, cells.positions, scoreWeight);
    experts.push(...means.map((mean) => ({ posterior, mean })));
  }
  return { candidates: cells, posteriors, experts };
}

/** For each entry of the candidates' codes the weighted normal scores. */
function scoreMeans(codes: CodeSource | undefined, positions: Int32Array, weight: number): Float64Array[] {
  if (!codes) throw new Error('a Gaussian process that starts from a score needs a source of scores: name one');
  const read = codes.read(positions);
  return Array.from({ length: codes.entries }, (_, entry) => {
    const scores = normalScores(Float64Array.from(positions, (_, i) => read[i * codes.entries + entry]!));
    return scores.map((score) => weight * score);
  });
}
