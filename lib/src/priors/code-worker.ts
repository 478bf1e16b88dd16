/** A process that trains cells for `measureCodes`: one thread, one cell at a time. */
import { useBackend } from '../tensors/backend';
import { type LabelledImages } from './cifar10';
import { trainEstimationCode, type CodeRecipe } from './estimation-code';
import { type CodeWorkerAnswer, type CodeWorkerMessage } from './measure-codes';
import { hasNativeEngine } from './native-engine';

let recipe: CodeRecipe;
let images: LabelledImages;

async function receive(message: CodeWorkerMessage): Promise<void> {
  if ('recipe' in message) {
    ({ recipe, images } = message);
    return;
  }
  if (!hasNativeEngine()) await useBackend();
  const { position, cell, seed } = message;
  process.send!({ position, code: trainEstimationCode(cell, recipe, images, seed) } satisfies CodeWorkerAnswer);
}

process.on('message', (message: CodeWorkerMessage) => void receive(message));
// The one who asked is gone, perhaps killed.
process.on('disconnect', () => process.exit());
