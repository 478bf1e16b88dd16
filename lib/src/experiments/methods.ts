/** The searches that are compared, named as the paper names them (protocol §5.1). */

/** What a method is made of. */
export interface Method {
  /** `naive` predicts from the graph alone; `siamese` has the estimation branch beside it (protocol §2.2, §2.3). */
  branch: 'naive' | 'siamese';
  /** Nodes attention in the basic branch (protocol §2.4). */
  nsam: boolean;
  /**
   * How the trained cells are chosen: all at random, or 30 % at random and the rest from the top of the present ranking
   * of a random tenth (Batch Top Sampling) or of the whole space (Fully Top Sampling), protocol §4.2, §4.3.
   */
  sampling: 'random' | 'batch-top' | 'fully-top';
}

/** All methods that train a predictor. Random search trains none: see `randomSearch`. */
export const methods = {
  predictor: { branch: 'naive', nsam: false, sampling: 'random' },
  siams: { branch: 'siamese', nsam: false, sampling: 'random' },
  'siams+nsam': { branch: 'siamese', nsam: true, sampling: 'random' },
  'siams+nsam+bts': { branch: 'siamese', nsam: true, sampling: 'batch-top' },
  /** Table 1's rival of Batch Top Sampling. */
  'siams+nsam+fts': { branch: 'siamese', nsam: true, sampling: 'fully-top' },
  /** Not in the paper: what the sampling gives without the estimation code. */
  'predictor+bts': { branch: 'naive', nsam: false, sampling: 'batch-top' },
} as const satisfies Record<string, Method>;

/** Name of a method that trains a predictor. */
export type MethodName = keyof typeof methods;
