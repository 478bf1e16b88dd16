/** The public door of siamese-nas: every exported name, once. */
export * from './tensors/backend';
export * from './tensors/random';
export * from './search/batch-top-sampling';
export * from './search/checkpoint-scorer';
export * from './search/code-ledger';
export * from './search/evaluation';
export * from './search/random-search';
export * from './search/sample-pool';
export * from './search/sampling-schedule';
export * from './search/siamese-ranking';
export * from './charts/curve-chart';
export * from './charts/figure6b';
export * from './charts/render';
export * from './charts/theme';
