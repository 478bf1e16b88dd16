/**
 * The public door of siamese-nas: every name that notebooks, modules of one’s own and the API reference use, once. What only
 * tests or other rooms need is imported from its file.
 */

// Benchmarks: spaces, data sets and label policies as objects, by name; a user registers their own.
export {
  type Benchmark,
  type CellDrawing,
  type CodeTableSource,
  type DataSet,
  type LabelPolicy,
  type NetworkSize,
} from './benchmarks/benchmark';
export { randomPart } from './benchmarks/random-part';
export { benchmarkNames, findBenchmark, registerBenchmark } from './benchmarks/registry';
export { type CellCost, type GraphEncoding, type NodeRole, type SearchSpace } from './benchmarks/search-space';
export { equalNetworks, uniqueCells, type CellClasses } from './benchmarks/unique-cells';

// The benchmarks that come with the project, and what is special to NAS-Bench-201’s cells.
export { nasBench201, type CellBenchmark } from './benchmarks/nas-bench-201/nas-bench-201';
export type { CellSpace } from './benchmarks/nas-bench-201/cell-space';
export { tinyNasBench201 } from './benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
export { tinyNanoBench, type NanoBenchmark } from './benchmarks/tiny-nano-bench/tiny-nano-bench';
export type { NanoCell, NanoOperation } from './benchmarks/tiny-nano-bench/cell';
export type { NanoSpaceOptions } from './benchmarks/tiny-nano-bench/enumerate-cells';
export type { NanoSpace } from './benchmarks/tiny-nano-bench/nano-space';
export {
  countOperation,
  EDGES,
  isConnected,
  OPERATIONS,
  parseCell,
  type Cell,
  type Operation,
} from './benchmarks/nas-bench-201/cell';
export { NODE_LABELS } from './benchmarks/nas-bench-201/cell-graph';

// Tables: accuracies that train and judge, codes and scores as prior knowledge.
export { loadAccuracies, type Accuracies, type AccuracyColumn, type AccuracyOptions } from './tables/accuracies';
export { codeSources, loadCodes } from './tables/load-codes';
export { type CodeSource } from './tables/code-source';
export { type CodeTable } from './tables/code-table';

// Tensors: the backend, and random numbers from a seed.
export { useBackend, type Backend, type BackendName } from './tensors/backend';
export { Random } from './tensors/random';

// Predictors: presets, a stack of repeats, training; a layer of one’s own is a `Layer`.
export { predictorPresets, type PredictorOptions } from './predictors/predictor-options';
export { type NodesAttentionOptions } from './predictors/nodes-attention';
export { type Directions } from './predictors/graph-norm';
export { type EstimationFusionOptions } from './predictors/estimation-fusion';
export { type BatchNormSpec, type Layer, type ParameterSpec, type Pass } from './predictors/layer';
export { buildNetwork, countMovingStatistics, countParameters, WIDTH, type Network } from './predictors/network';
export { graphConvolution, normalisedMish } from './predictors/graph-convolution';
export { PredictorStack } from './predictors/predictor-stack';
export {
  type Batches,
  type LossName,
  type Predictor,
  type SamplePool,
  type TrainablePredictor,
  type TrainingHooks,
} from './predictors/predictor';
export { type StateEntry, type StateLayout } from './predictors/state-layout';
export { trainingPresets, type TrainingPhase, type TrainingSettings } from './predictors/training-settings';
export { trainPredictor, type TrainingReport } from './predictors/train-predictor';
export { attentionWeights } from './predictors/attention';
export { importWeights, type WeightRecord } from './predictors/predictor-weights';

// Methods: what searches, by name; rankers and acquisitions are their seams.
export {
  type Changes,
  type MakeMethod,
  type Method,
  type MethodOptions,
  type SearchProblem,
  type SearchProgress,
  type SearchResult,
  type SearchWork,
} from './search/method';
export { findMethod, methodNames, registerMethod } from './search/methods';
export { siameseMethod, type SiameseParts } from './search/siamese-method';
export { PRESETS, type PredictorParts, type PresetName } from './search/siamese-settings';
export { siameseRanking, type ReadCodes } from './search/siamese-ranking';
export { type Acquisition, type AcquisitionUpdate, type Ranker } from './search/acquisition';
export { batchTopSampling, firstNew, fullyTopSampling } from './search/top-sampling';
export { drawPools, type SampleSource } from './search/sample-pool';
export { evaluateRanking, REFINED_IN_EVALUATION, type Evaluation } from './search/evaluation';

// Our own search, and controls of the paper’s methods; `findMethod` has the rivals by name.
export {
  gaussianProcess,
  PATH_SUM_REGRESSION,
  SCORE_PRIOR,
  SCORES_ON_TRIAL,
  type GaussianProcessSettings,
} from './search/gaussian-process';
export { type ExpertSettings, type KernelName } from './search/gaussian-process/search-model';
export { randomSearch } from './search/random-search';
export { topOfScore } from './search/rivals/top-of-score';

// Runs: what is asked for, made where it is missing, and kept as records.
export { plannedRuns, runId, seedsFrom, stackId, type Run, type RunPlan } from './experiments/run';
export { bestOfTop, type RunRecord } from './experiments/run-record';
export { type TableHashes, type TableOptions } from './experiments/run-data';
export { RunStore, type LookUp } from './experiments/run-store';
export { makeRuns, type MakeRunsOptions } from './cli/make-runs';
export { type Versions } from './experiments/versions';
export { type SourceVersion } from './files/source-version';

// Views of runs: sets of runs paired by seed, curves, savings, times.
export { RunSet, type ReadRepeats } from './experiments/run-set';
export {
  hitRows,
  pointRows,
  randomNeeds,
  savingRows,
  savingsOf,
  stepRows,
  stepsOf,
  type MethodSaving,
  type MethodStep,
} from './experiments/run-set-rows';
export { curvePoints, randomPoints, type CurvePoint } from './experiments/curve-rows';
export { describeSaving, type Reach, type TrainingsSaved } from './experiments/trainings-saved';
export { timedPairs, type TimedPair } from './experiments/timed-pairs';

// Searches of all methods, training by training: made where they are missing, and compared.
export {
  CONTENDERS,
  CONTESTS,
  canTakePart,
  contestPlan,
  UNKNOWING,
  type Contender,
  type Contest,
} from './experiments/contenders';
export { makeSearches, type MakeSearchesOptions, type Searches } from './experiments/make-searches';
export { belowBest, curveOfRun, scoreAfter, trainingsTo, type SearchCurve } from './experiments/search-curve';
export { type SearchPlan, type SearchRecord } from './experiments/search-record';
export { SearchStore } from './experiments/search-store';
export {
  describeNeeds,
  needRows,
  needs,
  regretCurve,
  regretPoint,
  type ComparedMethod,
  type Needs,
  type RegretPoint,
} from './experiments/search-rows';
export { foundClaim, goalClaim, needClaim, shareClaim, type ContestSubject } from './experiments/search-claims';

// Claims: comparisons become findings, findings become the tables of results.
export {
  compare,
  counted,
  decide,
  findingOf,
  overRepeats,
  statisticFinding,
  subjectOf,
  type Claim,
  type ClaimSubject,
  type Finding,
  type NotebookClaims,
  type RepeatStatistic,
  type Verdict,
} from './experiments/claims';
export {
  deployedClaim,
  randomClaims,
  spreadClaim,
  stepClaim,
  type MethodClaimOptions,
} from './experiments/method-claims';

// The paper’s own figures: settings and published numbers.
export { FIGURE_6A_BUDGET, figures, PAPER_METHODS } from './experiments/figures';
export {
  BRP_NAS_CIFAR100,
  PAPER_FIGURE_6A,
  PAPER_FIGURE_6B,
  paperNumber,
  type PaperPoint,
} from './experiments/paper-numbers';

// Statistics: means, intervals, paired tests, rank correlations.
export {
  bootstrapInterval,
  mean,
  pairedDifference,
  std,
  type Interval,
  type PairedDifference,
  type Resampling,
} from './statistics/intervals';
export { psp, spearman } from './statistics/rank-correlation';
export { signed } from './statistics/signed';
export { holmAdjusted } from './statistics/holm-adjusted';
export {
  compareRanks,
  spearmanDifference,
  spearmanInterval,
  type RankComparisonOptions,
  type SourceCorrelation,
  type SpearmanDifference,
} from './experiments/rank-comparison';

// Charts: rows in, vega-lite out; rendered to SVG and PNG.
export { renderPng, renderSvg, writeFigure } from './charts/render';
export { figure8, FIGURE_8A_REGIONS, type PriorChart, type PriorRegion, type PriorRow } from './charts/figure8';
export { figure5 } from './charts/figure5';
export { type CurveNotes, type CurveRow, type PublishedRow } from './charts/curve-chart';
export { attentionHeatMap, type AttentionPanel } from './charts/attention-heat-map';
export { ablationForest, type AblationRow } from './charts/ablation-forest';
export { savingsChart, type SavingRow } from './charts/savings-chart';
export { figure6b } from './charts/figure6b';
export { figure6a } from './charts/figure6a';
export { regretChart, type RegretRow } from './charts/regret-chart';
export { figure4, type FlopsRow } from './charts/figure4';
export { correlationBars, type CorrelationRow } from './charts/correlation-bars';
export { cellDrawingChart, cellGraphChart } from './charts/cell-graph-chart';
export { blockDiagram, type DiagramBlock, type DiagramLink } from './charts/block-diagram';
export { CHART_CONFIG, CHART_WIDTH, COLOURS, methodStyles, type MethodStyle } from './charts/theme';

// Inside a notebook: charts, tables, claims and progress below the running cell.
export { showTable, type FrameLike, type TableSource, type TableStyle } from './notebook/table';
export { showChart } from './notebook/show-chart';
export { showClaims, writeClaims } from './notebook/show-claims';
export { progressLine, type ProgressReport } from './notebook/progress-line';

// Networks of images as data, as a benchmark’s `networks` gives them.
export {
  type Convolution as ImageConvolution,
  type FeatureMap,
  type Gate as ImageGate,
  type Layer as ImageLayer,
  type Network as ImageNetwork,
  type Norm as ImageNorm,
  type Parameter as ImageParameter,
  type Term as ImageTerm,
} from './convnet/network';
