/** A process that trains cells for `measureTruth`: one thread, one cell at a time. */
import { truthSpace } from '../benchmarks/truth-space';
import { loadEngine } from '../convnet/create-engine';
import { loadCifar10, readCifar10Binary } from '../images/cifar10';
import { serve } from '../processes/worker';
import { type TruthSetup, type TruthTask } from './measure-truth';
import { trainTruth, type TrainedTruth } from './train-truth';
import { truthImages } from './truth-recipes';

serve<TruthSetup, TruthTask, TrainedTruth>(async ({ space: name, recipe, cifar }) => {
  const space = truthSpace(name);
  const createEngine = await loadEngine();
  const { train, test } = cifar === undefined ? await loadCifar10() : readCifar10Binary(cifar);
  const images = truthImages(recipe, train);
  return ({ position, seed }) => trainTruth(space, position, recipe, images, test, seed, createEngine);
});
