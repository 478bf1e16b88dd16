import { Random } from '../tensors/random';
import { OFFICIAL_AUGMENTATION } from '../convnet/augmentation';
import { type CreateEngine } from '../convnet/create-engine';
import { type Network } from '../convnet/network';
import { nativeEngine } from '../convnet/native-engine';
import { balancedPart } from '../images/mini-cifar10';
import { type LabelledImages } from '../images/cifar10';
import { trainNetwork, type NetworkTraining } from '../convnet/train-network';

/** Everything that an estimation code depends on beside the network, the images and the seed. */
export interface CodeRecipe extends NetworkTraining {
  name: string;
  /** Images of each class in the mini CIFAR-10. */
  imagesPerClass: number;
}

/** The paper's protocol (protocol §6.2), which the authors follow with a network of their own (§6.3). */
const official: CodeRecipe = {
  name: 'official',
  imagesPerClass: 500,
  batch: 16,
  phases: [{ epochs: 3, rate: 1e-3 }],
  augmentation: OFFICIAL_AUGMENTATION,
};

/** The recipes that codes are measured by; a benchmark says which network each of them trains. */
export const CODE_RECIPES = {
  official,
  /** The same training of a network that takes a ninth of the time (protocol §6.4 b). */
  reduced: { ...official, name: 'reduced' },
} as const satisfies Record<string, CodeRecipe>;

/** The mini CIFAR-10 is the same for all cells, recipes and runs. */
const MINI_CIFAR10_SEED = 0;

/** Losses of a code: a recipe's epochs. */
export function codeEntries({ phases }: CodeRecipe): number {
  return phases.reduce((sum, { epochs }) => sum + epochs, 0);
}

/** The images that a recipe trains on, out of CIFAR-10's training images. */
export function recipeImages(recipe: CodeRecipe, train: LabelledImages): LabelledImages {
  return balancedPart(train, recipe.imagesPerClass, MINI_CIFAR10_SEED);
}

/** The seed of a cell's training, so that a code depends neither on order nor on who measures it. */
export function cellSeed(runSeed: number, id: number): number {
  return new Random(runSeed, 'estimation code', id).integer(2 ** 31);
}

/** A measured code. */
export interface EstimationCode {
  /** Mean training loss of each epoch (protocol §6.1). */
  losses: number[];
  /** Whether the training ran into a loss that is no number; then losses are missing. */
  diverged: boolean;
  /** Processor time of the training. */
  seconds: number;
}

/**
 * Measures an Estimation Code: the first epochs' mean training losses of a cell's network, trained from scratch on the
 * mini CIFAR-10 (protocol §6).
 *
 * @param images what `recipeImages` gives
 * @param seed of weights, batches and augmentation; see `cellSeed`
 * @param createEngine what computes; see `loadEngine` for a machine without the native engine
 */
export function trainEstimationCode(
  network: Network,
  recipe: CodeRecipe,
  images: LabelledImages,
  seed: number,
  createEngine: CreateEngine = nativeEngine,
): EstimationCode {
  const { engine, ...code } = trainNetwork(network, images, recipe, seed, createEngine);
  engine.dispose();
  return code;
}
