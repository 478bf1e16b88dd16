/** Every option of a predictor and the two presets (protocol §0). */
import type { EstimationFusionOptions } from './estimation-fusion';
import type { Layer } from './layer';
import type { NodesAttentionOptions } from './nodes-attention';

/** What a predictor is built like. A variant is a spread of a preset with a line changed. */
export interface PredictorOptions extends NodesAttentionOptions, EstimationFusionOptions {
  /** 'naive': the basic branch alone (protocol §2.2); 'siamese': with an estimation branch (§2.3). */
  branch: 'naive' | 'siamese';
  /** Whether attention stands between the second and the third graph convolution (protocol §2.3). */
  nsam: boolean;
  /** Numbers of a code, k; 3 for the Estimation Code. Read by the estimation branch alone. */
  codeEntries: number;
  /** What the head averages over before its dense layer: the 64 features (official) or the nodes (paper); protocol §2.6. */
  headMean: 'features' | 'nodes';
  /**
   * Where cells differ in size, whether the nodes that pad the smaller ones take part in batch norm, attention and head
   * as if they were real (official) or in nothing (paper); protocol §1.2.
   */
  paddedNodes: 'take part' | 'masked';
  /** A layer in NSAM's place, made from its name and width, for ideas of one's own; NSAM when left out. */
  attention?: (name: string, width: number) => Layer;
}

const siamese = { branch: 'siamese', nsam: true, codeEntries: 3 } as const;

/**
 * `official`: what the authors' code does, its quirks included; `paper`: what text and drawings say (protocol §0).
 * Both are the siamese predictor with NSAM; the others are `{ ...preset, nsam: false }` and `{ ...preset, branch: 'naive' }`.
 */
export const predictorPresets: Record<'official' | 'paper', PredictorOptions> = {
  official: {
    ...siamese,
    nsamDirections: 2, // §2.4
    nsamOutput: true, // §2.4
    efmDirections: 2, // §2.5
    efmValue: 'query', // §2.5: the code calls the query layer twice
    efmCodeNorm: true, // §2.5
    headMean: 'features', // §2.6
    paddedNodes: 'take part', // §1.2
  },
  paper: {
    ...siamese,
    nsamDirections: 1,
    nsamOutput: false,
    efmDirections: 1,
    efmValue: 'own',
    efmCodeNorm: false,
    headMean: 'nodes',
    paddedNodes: 'masked',
  },
};
