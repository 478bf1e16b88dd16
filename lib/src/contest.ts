/** Searches of all methods, training by training, as `nas.contest`: our own, who takes part, what they found, and who needs how many trainings. */

export { randomPart } from './benchmarks/random-part';
export {
  gaussianProcess,
  PATH_SUM_REGRESSION,
  SCORE_PRIOR,
  SCORES_ON_TRIAL,
  type GaussianProcessSettings,
} from './search/gaussian-process';
export { type ExpertSettings, type KernelName } from './search/gaussian-process/search-model';
export { topOfScore } from './search/rivals/top-of-score';
export {
  BANANAS,
  BRP_NAS,
  CONTENDERS,
  CONTESTS,
  canTakePart,
  contestPlan,
  EVOLUTION_OF_NASZILLA,
  UNKNOWING,
} from './experiments/contenders';
export { makeSearches } from './experiments/make-searches';
export { againstPublishedBrpNas, agreementClaims, PUBLISHED_CURVES } from './experiments/published-curves';
export { PUBLISHED_TAUS, tauClaims } from './experiments/published-taus';
export { belowBest, curveOfRun, scoreAfter, trainingsTo } from './experiments/search-curve';
export { SearchStore } from './experiments/search-store';
export {
  describeNeeds,
  needRows,
  needs,
  regretCurve,
  regretPoint,
  regretRows,
  shareWithBest,
} from './experiments/search-rows';
export { foundClaim, goalClaim, needClaim, shareClaim } from './experiments/search-claims';
export { HALVES, IMPROVEMENTS, LOOPS, TENTHS } from './experiments/improvements';
export { searchParts } from './experiments/search-parts';
