import { nativeEngine } from '../convnet/native-engine';
import { type CreateEngine } from '../convnet/create-engine';
import { type Network } from '../convnet/network';
import { accuracyOf, cpuSeconds, trainNetwork, type NetworkTraining } from '../convnet/train-network';
import { Random } from '../tensors/random';
import { type TruthImages } from './truth-recipes';

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
 * Trains a network from scratch and tests it.
 *
 * @param images what `truthImages` gives
 * @param test all test images
 * @param seed of weights, batches and augmentation; see `truthSeed`
 */
export function trainTruth(
  network: Network,
  recipe: NetworkTraining,
  { images, test }: TruthImages,
  seed: number,
  createEngine: CreateEngine = nativeEngine,
): TrainedTruth {
  const began = cpuSeconds();
  const { engine, losses, diverged } = trainNetwork(network, images, recipe, seed, createEngine);
  const accuracy = diverged ? NaN : accuracyOf(engine, test);
  engine.dispose();
  return { accuracy, losses, diverged, seconds: cpuSeconds() - began };
}
