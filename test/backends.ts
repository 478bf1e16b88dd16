import { existsSync } from 'node:fs';
import type { Context } from 'mocha';
import { useBackend, type Backend } from '../lib/src/tensors/backend';

/** Whether set-up built TensorFlow's addon; with `--wasm` it does not. */
const built = existsSync(
  require.resolve('@tensorflow/tfjs-node-gpu/package.json').replace(/package\.json$/, 'lib/napi-v8/tfjs_binding.node'),
);

/** What this machine was set up for: TensorFlow, which has to load then, or WebAssembly. */
export function ownBackend(): Promise<Backend> {
  return useBackend(built ? 'tensorflow' : 'wasm');
}

/** TensorFlow, for what is held against it; a machine set up without it skips the suite. Call it in `before`. */
export async function needTensorFlow(suite: Context): Promise<Backend> {
  if (!built) suite.skip();
  return useBackend('tensorflow');
}

/** TensorFlow with the fused operations of lib/native, which a GPU does not have. Call it in `before`. */
export async function needFusedOperations(suite: Context): Promise<void> {
  const { device, fused } = await needTensorFlow(suite);
  if (device === 'gpu') suite.skip();
  if (!fused) throw new Error('the fused operations of lib/native are not built: npm run setup');
}
