/** A process that trains cells for `measureCodes`: one thread, one cell at a time. */
import { type LabelledImages } from '../images/cifar10';
import { loadEngine } from '../convnet/create-engine';
import { trainEstimationCode, type CodeRecipe } from './estimation-code';
import { type CodeWorkerAnswer, type CodeWorkerMessage } from './measure-codes';

const engine = loadEngine();
let recipe: CodeRecipe;
let images: LabelledImages;

async function receive(message: CodeWorkerMessage): Promise<void> {
  if ('recipe' in message) {
    ({ recipe, images } = message);
    return;
  }
  const createEngine = await engine;
  const { position, cell, seed } = message;
  const code = trainEstimationCode(cell, recipe, images, seed, createEngine);
  // An error here means that the one who asked is gone: the answer is lost, as a kill's is, and there is no more to do.
  process.send!({ position, code } satisfies CodeWorkerAnswer, undefined, undefined, (error) => {
    if (error) process.exit();
  });
}

process.on('message', (message: CodeWorkerMessage) => void receive(message));
// The one who asked is gone, perhaps killed.
process.on('disconnect', () => process.exit());
