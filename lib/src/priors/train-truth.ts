import { type CellSpace } from '../benchmarks/nas-bench-201/nas-bench-201';
import { sizedNetwork } from '../benchmarks/sized-network';
import { nativeEngine } from '../convnet/native-engine';
import { type CreateEngine } from '../convnet/create-engine';
import { accuracyOf, cpuSeconds, trainNetwork } from '../convnet/train-network';
import { type LabelledImages } from '../images/cifar10';
import { Random } from '../tensors/random';
import { type TruthRecipe } from './truth-recipes';

/** A cell's network, trained and tested. */
export interface TrainedTruth {
  /** Percent of the test images, with the last weights. */
  accuracy: number;
  /** Mean training loss of each epoch. */
  losses: number[];
  /** Whether the training ran into a loss that is no number; then losses are missing and the accuracy means nothing. */
  diverged: boolean;
  /** Processor time of training and test. */
  seconds: number;
}

/** The seed of a cell's training, so that a result depends neither on order nor on who measures it. */
export function truthSeed(runSeed: number, id: number): number {
  return new Random(runSeed, 'ground truth', id).integer(2 ** 31);
}

/**
 * Trains a cell's network from scratch and tests it.
 *
 * @param images what `truthImages` gives
 * @param test all test images
 * @param seed of weights, batches and augmentation; see `truthSeed`
 */
export function trainTruth(
  space: CellSpace,
  position: number,
  recipe: TruthRecipe,
  images: LabelledImages,
  test: LabelledImages,
  seed: number,
  createEngine: CreateEngine = nativeEngine,
): TrainedTruth {
  const began = cpuSeconds();
  const network = sizedNetwork(space, position, recipe.network);
  const { engine, losses, diverged } = trainNetwork(network, images, recipe, seed, createEngine);
  const accuracy = diverged ? NaN : accuracyOf(engine, test);
  engine.dispose();
  return { accuracy, losses, diverged, seconds: cpuSeconds() - began };
}
