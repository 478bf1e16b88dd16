/** A process that trains networks for `measureTruth`: one thread, one network at a time. */
import { loadEngine } from '../convnet/create-engine';
import { serve } from '../processes/worker';
import { type TruthSetup, type TruthTask } from './measure-truth';
import { trainTruth, type TrainedTruth } from './train-truth';

serve<TruthSetup, TruthTask, TrainedTruth>(async ({ recipe, images }) => {
  const createEngine = await loadEngine();
  return ({ network, seed }) => trainTruth(network, recipe, images, seed, createEngine);
});
