/**
 * Types of what goes in and out of the door’s functions, as `nas.types`: parts of benchmarks and methods, options, rows. Few
 * programs name them; those that many do stand on the door itself.
 */

// Benchmarks: spaces, data sets and label policies as objects, by name; a user registers their own.
export type { CellDrawing, CodeTableSource, DataSet, LabelPolicy, NetworkSize } from './benchmarks/benchmark';
export type { CellCost, GraphEncoding, NodeRole } from './benchmarks/search-space';
export type { CellClasses } from './benchmarks/unique-cells';

// The benchmarks that come with the project, and what is special to NAS-Bench-201’s cells.
export type { CellBenchmark } from './benchmarks/nas-bench-201/nas-bench-201';
export type { CellSpace } from './benchmarks/nas-bench-201/cell-space';
export type { NanoBenchmark } from './benchmarks/tiny-nano-bench/tiny-nano-bench';
export type { NanoCell, NanoOperation } from './benchmarks/tiny-nano-bench/cell';
export type { NanoSpaceOptions } from './benchmarks/tiny-nano-bench/enumerate-cells';
export type { NanoSpace } from './benchmarks/tiny-nano-bench/nano-space';
export type { Cell, Operation } from './benchmarks/nas-bench-201/cell';

// Tables: accuracies that train and judge, codes and scores as prior knowledge.
export type { AccuracyColumn, AccuracyOptions } from './tables/accuracies';
export type { CodeSource } from './tables/code-source';
export type { MeasuredNetworks } from './tables/measured-networks';

// Tensors: the backend, and random numbers from a seed.
export type { Backend, BackendName } from './tensors/backend';

// Predictors: presets, a stack of repeats, training; a layer of one’s own is a `Layer`.
export type { NodesAttentionOptions } from './predictors/nodes-attention';
export type { Directions } from './predictors/graph-norm';
export type { EstimationFusionOptions } from './predictors/estimation-fusion';
export type { BatchNormSpec, ParameterSpec } from './predictors/layer';
export type { Network } from './predictors/network';
export type { Batches, LossName, SamplePool, TrainablePredictor, TrainingHooks } from './predictors/predictor';
export type { StateEntry, StateLayout } from './predictors/state-layout';
export type { TrainingPhase, TrainingSettings } from './predictors/training-settings';
export type { AttentionModule, AttentionRules, AttentionTrace } from './predictors/attention-trace';
export type { TrainingReport } from './predictors/train-predictor';
export type { WeightRecord } from './predictors/predictor-weights';

// Methods: what searches, by name; rankers and acquisitions are their seams.
export type { MethodOptions, SearchProgress, SearchWork } from './search/method';
export type { PredictorParts } from './search/siamese-settings';
export type { ReadCodes } from './search/siamese-ranking';
export type { AcquisitionUpdate } from './search/acquisition';
export type { SampleSource } from './search/sample-pool';

// Runs: what is asked for, made where it is missing, and kept as records.
export type { RunPlan } from './experiments/run';
export type { TableHashes, TableOptions } from './experiments/run-data';
export type { LookUp } from './experiments/run-store';
export type { MakeRunsOptions, RunSetPlan } from './cli/make-runs';
export type { Versions } from './experiments/versions';
export type { SourceVersion } from './files/source-version';

// Views of runs: sets of runs paired by seed, curves, savings, times.
export type { ReadRepeats, RunConditions } from './experiments/run-set';
export type { Ablation, AblationPlan } from './experiments/ablation';
export type { MethodSaving } from './experiments/run-set-rows';
export type { CurvePoint } from './experiments/curve-rows';
export type { Reach, TrainingsSaved } from './experiments/trainings-saved';

// Claims: comparisons become findings, findings become the tables of results.
export type { ClaimSubject, NotebookClaims, RepeatStatistic } from './experiments/claims';
export type { MethodClaimOptions } from './experiments/method-claims';

// The paper’s own figures: settings and published numbers.
export type { PaperPoint } from './experiments/paper-numbers';

// Statistics: means, intervals, paired tests, rank correlations.
export type { Interval, PairedDifference, Resampling } from './statistics/intervals';
export type { GroupDifference } from './statistics/group-difference';
export type { Summary } from './statistics/summary';
export type { RankComparisonOptions, SpearmanDifference } from './experiments/rank-comparison';
export type {
  CorrelationRow,
  ListedSource,
  PriorComparisonOptions,
  ScopeCorrelations,
} from './experiments/prior-comparison';

// Charts: rows in, vega-lite out; rendered to SVG and PNG.
export type { PriorChart, PriorRegion } from './charts/figure8';
export type { CurveNotes, CurveRow, PublishedRow } from './charts/curve-chart';
export type { PredictorDrawing } from './charts/figure2';
export type { HistogramRow } from './charts/accuracy-histogram';
export type { SpaceCostNotes, SpaceCostRow } from './charts/figure4b';
export type { SpaceCurveChart, SpaceCurveRow } from './charts/figure7';
export type { SavingRow } from './charts/savings-chart';
export type { CodeWorthRow } from './charts/code-worth-chart';
export type { FlopsRow } from './charts/figure4';
export type { AttentionPanel } from './charts/attention-heat-map';
export type { AblationRow } from './charts/ablation-forest';

// Inside a notebook: charts, tables, claims and progress below the running cell.
export type { FrameLike, TableSource, TableStyle } from './notebook/table';
export type { Widened } from './notebook/settings';
export type { ProgressReport } from './notebook/progress-line';

// Searches of all methods, training by training.
export type { Contender, ContenderLimits, Contest } from './experiments/contenders';
export type { MakeSearchesOptions, Searches } from './experiments/make-searches';
export type { PublishedCurve } from './experiments/published-curves';
export type { Improvements, SearchCurve } from './experiments/search-curve';
export type { FoundSearches } from './experiments/search-store';
export type { Proposal, SteppedSearch } from './search/method';
export type { Acquisition as AcquisitionFunction } from './search/gaussian-process/acquisition';
export type { RunIdentity } from './experiments/run-identity';
export type { SearchPlan, SearchRecord } from './experiments/search-record';
export type { ComparedMethod, Needs, RegretPoint } from './experiments/search-rows';
export type { ContestSubject } from './experiments/search-claims';
export type { PartsContest } from './experiments/improvements';

// Networks of images as data, as a benchmark’s `networks` gives them.
export type {
  Convolution as ImageConvolution,
  FeatureMap,
  Gate as ImageGate,
  Layer as ImageLayer,
  Network as ImageNetwork,
  Norm as ImageNorm,
  Parameter as ImageParameter,
  Term as ImageTerm,
} from './convnet/network';
export type { CreateEngine } from './convnet/create-engine';
export type { Engine } from './convnet/engine';
export type { AddImage, Augmentation, Axis } from './convnet/augmentation';
export type { NetworkPhase, NetworkTrained, NetworkTraining } from './convnet/train-network';
export type { Cifar10, LabelledImages } from './images/labelled-images';
