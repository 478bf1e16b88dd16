/** The methods of the paper: a predictor is trained on sampled cells and ranks the whole space (protocol §3 to §5). */
import { PredictorStack } from '../predictors/predictor-stack';
import { trainPredictor } from '../predictors/train-predictor';
import { totalSteps } from '../predictors/training-settings';
import type { Acquisition, Ranker } from './acquisition';
import { checkpointScorer } from './checkpoint-scorer';
import { CodeLedger } from './code-ledger';
import { REFINED_IN_EVALUATION } from './evaluation';
import type { Method, MethodOptions, SearchProblem, SearchProgress, SearchResult, SearchWork } from './method';
import { PoolGrowth } from './pool-growth';
import { drawPools, type SampleSource } from './sample-pool';
import { samplingSchedule, updateEpochs } from './sampling-schedule';
import { siameseRanking } from './siamese-ranking';
import { siameseSettings, type PredictorParts, type SiameseSettings } from './siamese-settings';

/** What a method of this kind is made of. */
export interface SiameseParts extends PredictorParts {
  title: string;
  /** What picks 70 % of the cells while the predictor is trained; without it all are drawn before (protocol §3.4). */
  acquisition?: Acquisition;
}

/**
 * Seconds of one core: of a training step, per repeat; of ranking a cell coarsely, per repeat. Measured in the native
 * engine with AVX-512.
 */
const COSTS = {
  naive: { step: 0.0001, cell: 4e-6 },
  siamese: { step: 0.00025, cell: 4e-6 },
  nsam: { step: 0.00045, cell: 1.1e-5 },
};

/** A method that trains a predictor; `branch: 'siamese'` reads codes. Throws as `siameseSettings`. */
export function siameseMethod(parts: SiameseParts, options: MethodOptions): Method {
  const { title, branch, nsam, acquisition } = parts;
  const settings = siameseSettings({ branch, nsam }, options);
  return {
    title,
    readsCodes: branch === 'siamese',
    settings,
    search: (problem, budget, seeds, progress) => search(problem, budget, seeds, settings, acquisition, progress),
    work: (size, budget, repeats) => work(size, budget, repeats, settings, acquisition),
  };
}

function search(
  { space, labels, codes }: SearchProblem,
  budget: number,
  seeds: readonly number[],
  settings: SiameseSettings,
  acquisition?: Acquisition,
  progress?: SearchProgress,
): SearchResult[] {
  const { training, timing } = settings;
  const schedule = samplingSchedule(budget, training.heldBack);
  const reads = settings.predictor.branch === 'siamese';
  if (reads && !codes) throw new Error('a predictor with an estimation branch reads codes: name a code source');
  const ledger = reads ? new CodeLedger(codes!, seeds.length) : undefined;
  const source: SampleSource = { labels, readCodes: ledger?.read };
  const readCodes = source.readCodes ?? (() => new Float32Array());
  const options = { ...settings.predictor, codeEntries: reads ? codes!.entries : 0 };
  const predictor = new PredictorStack(options, space.graphs, seeds);
  try {
    const rank: Ranker = (positions, refined, top) => siameseRanking(predictor, positions, refined, readCodes, top);
    const pools = drawPools(seeds, acquisition ? schedule.initial : schedule.samples, source);
    const epochs = acquisition ? updateEpochs(timing, training) : [];
    const growth = acquisition && new PoolGrowth({ acquisition, rank, pools, seeds, source, schedule, epochs });
    trainPredictor(predictor, pools, schedule.samples, training, {
      afterEpoch: growth?.afterEpoch,
      scoreCheckpoint: training.checkpoint === 'official' ? checkpointScorer(predictor, space.name, source) : undefined,
      progress,
    });
    const everyCell = Int32Array.from({ length: space.size }, (_, cell) => cell);
    const rankings = rank(
      seeds.map(() => everyCell),
      REFINED_IN_EVALUATION,
    );
    return seeds.map((_, r) => ({
      trained: pools[r]!.positions,
      ranking: rankings[r]!,
      codesUsed: ledger?.used(r) ?? 0,
      scoredCells: growth?.scoredCells ?? 0,
    }));
  } finally {
    predictor.dispose();
  }
}

function work(
  size: number,
  budget: number,
  repeats: number,
  { predictor, training }: SiameseSettings,
  acquisition?: Acquisition,
): SearchWork {
  const { step, cell } = COSTS[predictor.branch === 'naive' ? 'naive' : predictor.nsam ? 'nsam' : 'siamese'];
  const { samples, updates } = samplingSchedule(budget, training.heldBack);
  const scored = acquisition ? acquisition.candidates(size) * updates.filter((count) => count > 0).length : 0;
  return {
    training: (totalSteps(samples, training) * step + scored * cell) * repeats,
    ranking: size * cell * repeats,
  };
}
