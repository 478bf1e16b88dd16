/**
 * The public door of siamese-nas: what notebooks and modules of one’s own use, each name once, by room. What only tests or
 * other rooms need is imported from its file.
 */

// Benchmarks: spaces, data sets and label policies as objects, by name; a user registers their own.
export type { Benchmark } from './benchmarks/benchmark';
export { benchmarkNames, findBenchmark, registerBenchmark } from './benchmarks/registry';
export type { SearchSpace } from './benchmarks/search-space';
export { equalNetworks, uniqueCells } from './benchmarks/unique-cells';

// The benchmarks that come with the project, and what is special to NAS-Bench-201’s cells.
export { nasBench201 } from './benchmarks/nas-bench-201/nas-bench-201';
export { tinyNasBench201 } from './benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
export { tinyNanoBench, tinyNanoBenchOfficial } from './benchmarks/tiny-nano-bench/tiny-nano-bench';
export { countOperation, EDGES, isConnected, OPERATIONS, parseCell } from './benchmarks/nas-bench-201/cell';
export { NODE_LABELS } from './benchmarks/nas-bench-201/cell-graph';

// Tables: accuracies that train and judge, codes and scores as prior knowledge.
export { describeLabels, loadAccuracies, type Accuracies } from './tables/accuracies';
export { measuredNetworks } from './tables/measured-networks';
export { codeSources, hasCodes, loadCodes } from './tables/load-codes';
export type { CodeTable } from './tables/code-table';

// Tensors: the backend, and random numbers from a seed.
export { useBackend } from './tensors/backend';
export { Random } from './tensors/random';

// Predictors: presets, a stack of repeats, training; a layer of one’s own is a `Layer`.
export { predictorPresets, type PredictorOptions } from './predictors/predictor-options';
export type { Layer, Pass } from './predictors/layer';
export { buildNetwork, countMovingStatistics, countParameters, WIDTH } from './predictors/network';
export { parametersByLayer } from './predictors/parameters-by-layer';
export { graphConvolution } from './predictors/graph-convolution';
export { PredictorStack } from './predictors/predictor-stack';
export type { Predictor } from './predictors/predictor';
export { lastWeights, trainingPresets } from './predictors/training-settings';
export { trainPredictor } from './predictors/train-predictor';
export {
  attentionMasks,
  attentionRules,
  offEdges,
  traceAttention,
  type CellAttention,
} from './predictors/attention-trace';
export { exportWeights, importWeights } from './predictors/predictor-weights';

// Methods: what searches, by name; rankers and acquisitions are their seams.
export type { Changes, MakeMethod, Method, SearchProblem, SearchResult } from './search/method';
export { findMethod, methodNames, registerMethod } from './search/methods';
export { siameseMethod, type SiameseParts } from './search/siamese-method';
export type { PresetName } from './search/siamese-settings';
export { siameseRanking } from './search/siamese-ranking';
export type { Acquisition, Ranker } from './search/acquisition';
export { batchTopSampling, firstNew } from './search/top-sampling';
export { drawPools } from './search/sample-pool';
export { evaluateRanking, REFINED_IN_EVALUATION, type Evaluation } from './search/evaluation';

// A control of the paper’s methods; `findMethod` has the rivals by name.
export { randomSearch } from './search/random-search';

// Runs: what is asked for, made where it is missing, and kept as records.
export { plannedRuns, seedBlocks, seedsFrom, type Run } from './experiments/run';
export { bestOfTop, type RunRecord } from './experiments/run-record';
export { RunStore } from './experiments/run-store';
export { makeAblation, makeRuns, makeRunSet } from './cli/make-runs';

// Views of runs: sets of runs paired by seed, ablations, curves, savings, times.
export { RunSet } from './experiments/run-set';
export {
  againstCodes,
  correctedTogether,
  oracleSource,
  shuffledCodes,
  type Comparison,
  type Variant,
} from './experiments/ablation';
export { codeStrength } from './experiments/code-strength';
export {
  accuracyRows,
  hitRows,
  paperRows,
  pointRows,
  randomNeeds,
  savingRows,
  savingsOf,
  stepRows,
  stepsOf,
  type MethodStep,
} from './experiments/run-set-rows';
export { curvePoints, randomPoints } from './experiments/curve-rows';
export { describeSaving } from './experiments/trainings-saved';
export { longerFinding, losesMoreFinding, lostTime, timedPairs, type TimedPair } from './experiments/timed-pairs';

// All methods in one room, training by training, as `nas.contest`.
export * as contest from './contest';

// Claims: comparisons become findings, findings become the tables of results.
export {
  compare,
  counted,
  decide,
  describeP,
  findingOf,
  overRepeats,
  ratioFinding,
  statisticFinding,
  subjectOf,
  type Claim,
  type Finding,
  type Verdict,
} from './experiments/claims';
export { againstBrpNas, deployedClaim, randomClaims, spreadClaim, stepClaim } from './experiments/method-claims';

// The paper’s own figures, as `nas.paper`: settings and published numbers.
export * as paper from './paper';

// Statistics: means, intervals, paired tests, rank correlations.
export { bootstrapInterval, mean, pairedDifference, std } from './statistics/intervals';
export { groupDifference } from './statistics/group-difference';
export { spearman } from './statistics/rank-correlation';
export { signed } from './statistics/signed';
export { holmAdjusted } from './statistics/holm-adjusted';
export { summary } from './statistics/summary';
export { clustersOf } from './statistics/clusters';
export { groupBy } from './statistics/group-by';
export {
  compareRanks,
  disjointSpearmanDifference,
  spearmanDifference,
  spearmanInterval,
  type SourceCorrelation,
} from './experiments/rank-comparison';
export { describeCorrelation, PriorComparison } from './experiments/prior-comparison';
export {
  cellsKnown,
  cellsMeasured,
  risingLosses,
  scoresOf,
  type PriorCover,
  type PriorScope,
} from './experiments/prior-cover';
export { seedNoise, type SeedNoise } from './experiments/seed-noise';

// Charts, as `nas.charts`: rows in, vega-lite out; rendered to SVG and PNG.
export * as charts from './charts';

// Inside a notebook: charts, tables, claims and progress below the running cell.
export { showTable } from './notebook/table';
export { showChart, showFigure } from './notebook/show-chart';
export { isFast, setting } from './notebook/settings';
export { showClaims, writeClaims } from './notebook/show-claims';
export { progressLine } from './notebook/progress-line';

// Networks of images, as a benchmark’s `networks` gives them, and CIFAR-10 to train them on.
export { accuracyOf, trainNetwork } from './convnet/train-network';
export { loadCifar10 } from './images/cifar10';
export { balancedPart } from './images/mini-cifar10';

// All other types, as `nas.types`: options, rows, parts of benchmarks and methods.
export type * as types from './types';
