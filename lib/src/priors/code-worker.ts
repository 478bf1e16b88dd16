/** A process that trains networks for `measureCodes`: one thread, one network at a time. */
import { loadEngine } from '../convnet/create-engine';
import { trainNetwork } from '../convnet/train-network';
import { serve } from '../processes/worker';
import { type EstimationCode } from './estimation-code';
import { type CodeSetup, type CodeTask } from './measure-codes';

serve<CodeSetup, CodeTask, EstimationCode>(async ({ recipe, images }) => {
  const createEngine = await loadEngine();
  return ({ network, seed }) => {
    const { engine, ...code } = trainNetwork(network, images, recipe, seed, createEngine);
    engine.dispose();
    return code;
  };
});
