/** The public door of siamese-nas: every exported name, once. */
export * from './tensors/backend';
export * from './tensors/random';
