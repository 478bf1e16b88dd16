/** A process that trains networks for `measureCodes`: one thread, one network at a time. */
import { loadEngine } from '../convnet/create-engine';
import { serveCells } from './cell-worker';
import { trainEstimationCode, type EstimationCode } from './estimation-code';
import { type CodeSetup } from './measure-codes';

serveCells<CodeSetup, EstimationCode>(async ({ recipe, images }) => {
  const createEngine = await loadEngine();
  return ({ networks, seed }) => trainEstimationCode(networks[0]!, recipe, images, seed, createEngine);
});
