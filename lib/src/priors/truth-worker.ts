/** A process that trains networks for `measureTruth`: one thread, one network at a time. */
import { loadEngine } from '../convnet/create-engine';
import { serveCells } from './cell-worker';
import { type TruthSetup } from './measure-truth';
import { trainTruth, type TrainedTruth } from './train-truth';

serveCells<TruthSetup, TrainedTruth>(async ({ recipe, ...images }) => {
  const createEngine = await loadEngine();
  return ({ networks, seed }) => trainTruth(networks[0]!, recipe, images, seed, createEngine);
});
