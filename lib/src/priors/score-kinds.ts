/** The zero-cost scores that are measured for whole spaces. */
import { type CreateEngine } from '../convnet/create-engine';
import { initialParameters, initialStatistics } from '../convnet/engine';
import { type Network } from '../convnet/network';
import { IMAGE_BYTES, type LabelledImages } from '../images/cifar10';
import { Random } from '../tensors/random';
import { CODE_RECIPES, recipeImages } from './estimation-code';
import { gradientScores } from './gradient-scores';
import { logSynflow, officialSynflow } from './synflow';

/** Named numbers for a cell. */
export type Scores = Record<string, number>;

/** A batch of images as engines take it: `[batch, 32, 32, 3]`, and `[batch, classes]`. */
export interface GradientBatch {
  images: Float32Array;
  targets: Float32Array;
}

/** How a table of scores is measured. */
export interface ScoreKind {
  /** The table's columns after `id` and `architecture`. */
  columns: readonly string[];
  /** Names of the benchmark's networks that are looked at; its full one stands in for those that it has not. */
  networks: readonly string[];
  /** Whether gradients on images are taken. */
  images: boolean;
  /**
   * The scores of a cell.
   *
   * @param networks as named
   * @param seed of the weights
   * @param batch what `gradientBatch` gives, where images are taken
   */
  score: (networks: readonly Network[], seed: number, createEngine: CreateEngine, batch?: GradientBatch) => Scores;
}

/** Images of the batch that the gradients are taken on, as in `SamsungLabs/zero-cost-nas`. */
const GRADIENT_BATCH = 64;

/** The images are the same for all cells. */
const BATCH_SEED = 0;

/** By the name that users type. */
export const SCORE_KINDS: Readonly<Record<string, ScoreKind>> = {
  /** ln of Tanaka et al.'s score, 0 where the score is 0 (no path), and the authors' score. */
  synflow: {
    columns: ['synflow', 'synflow_official'],
    networks: ['full', 'official'],
    images: false,
    score: ([full, official], seed, createEngine) => ({
      synflow: Math.max(0, logSynflow(full!, seed, createEngine)),
      synflow_official: officialSynflow(official!, seed, createEngine),
    }),
  },
  /** Of the reduced network where there is one: NAS-Bench-201's own takes ten times as long. */
  gradients: {
    columns: ['snip', 'grasp', 'grad_norm'],
    networks: ['reduced'],
    images: true,
    score([network], seed, createEngine, batch) {
      const { images, targets } = batch!;
      const parameters = initialParameters(network!, new Random(seed, 'network weights'));
      const engine = createEngine(network!, GRADIENT_BATCH, parameters, initialStatistics(network!));
      const { snip, grasp, gradNorm } = gradientScores(engine, images, targets);
      engine.dispose();
      return { snip, grasp, grad_norm: gradNorm };
    },
  },
};

/**
 * The images that gradients are taken on.
 *
 * @param train CIFAR-10's training images
 */
export function gradientBatch(train: LabelledImages, classes: number): GradientBatch {
  const { count, pixels, labels } = recipeImages(CODE_RECIPES.reduced, train);
  const chosen = new Random(BATCH_SEED, 'images of the gradient scores').sample(count, GRADIENT_BATCH);
  const images = new Float32Array(GRADIENT_BATCH * IMAGE_BYTES);
  const targets = new Float32Array(GRADIENT_BATCH * classes);
  chosen.forEach((from, b) => {
    for (let i = 0; i < IMAGE_BYTES; i++) images[b * IMAGE_BYTES + i] = pixels[from * IMAGE_BYTES + i]! / 255;
    targets[b * classes + labels[from]!] = 1;
  });
  return { images, targets };
}
