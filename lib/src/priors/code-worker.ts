/** A process that trains networks for `measureCodes`: one thread, one network at a time. */
import { loadEngine } from '../convnet/create-engine';
import { trainNetwork } from '../convnet/train-network';
import { serveCells } from './cell-worker';
import { type EstimationCode } from './estimation-code';
import { type CodeSetup } from './measure-codes';

serveCells<CodeSetup, EstimationCode>(async ({ recipe, images }) => {
  const createEngine = await loadEngine();
  return ({ networks, seed }) => {
    const { engine, ...code } = trainNetwork(networks[0]!, images, recipe, seed, createEngine);
    engine.dispose();
    return code;
  };
});
