import { type Cell } from '../benchmarks/nas-bench-201/cell';
import { Random } from '../tensors/random';
import { CELL_NETWORKS, cellNetwork, type CellNetworkOptions } from '../benchmarks/nas-bench-201/cell-network';
import { type CreateEngine } from '../convnet/create-engine';
import { nativeEngine } from '../convnet/native-engine';
import { balancedPart } from '../images/mini-cifar10';
import { type LabelledImages } from '../images/cifar10';
import { trainNetwork, type NetworkTraining } from '../convnet/train-network';

/** Everything that an estimation code depends on beside the cell, the images and the seed. */
export interface CodeRecipe extends NetworkTraining {
  name: string;
  network: CellNetworkOptions;
  /** Images of each class in the mini CIFAR-10. */
  imagesPerClass: number;
}

/** The paper's protocol with the authors' network (protocol §6.2 and §6.3). */
const official: CodeRecipe = {
  name: 'official',
  network: CELL_NETWORKS.official,
  imagesPerClass: 500,
  batch: 16,
  phases: [{ epochs: 3, rate: 1e-3 }],
  augmentation: { geometry: 'official', mixup: 0.5, labelSmoothing: 0.01 },
};

/** The recipes that codes are measured by. */
export const CODE_RECIPES = {
  official,
  /** The same training of a network that takes a twelfth of the time (protocol §6.4 b). */
  reduced: { ...official, name: 'reduced', network: CELL_NETWORKS.reduced },
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
 * Measures the estimation code of a cell: the first epochs' mean training losses of its network, trained from scratch on
 * the mini CIFAR-10 (protocol §6).
 *
 * @param images what `recipeImages` gives
 * @param seed of weights, batches and augmentation; see `cellSeed`
 * @param createEngine what computes; see `loadEngine` for a machine without the native engine
 */
export function trainEstimationCode(
  cell: Cell,
  recipe: CodeRecipe,
  images: LabelledImages,
  seed: number,
  createEngine: CreateEngine = nativeEngine,
): EstimationCode {
  const { engine, ...code } = trainNetwork(cellNetwork(cell, recipe.network), images, recipe, seed, createEngine);
  engine.dispose();
  return code;
}
