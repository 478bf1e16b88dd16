import { type Engine } from './engine';
import { hasNativeEngine, nativeEngine } from './native-engine';
import { type Network } from './network';

/**
 * Makes an engine that runs a network on both arrays, in place.
 *
 * @param batch images in every call
 */
export type CreateEngine = (
  network: Network,
  batch: number,
  parameters: Float32Array,
  statistics: Float32Array,
) => Engine;

/** The native engine where it was built, which needs no TensorFlow; else TensorFlow's operations, with a backend ready. */
export async function loadEngine(): Promise<CreateEngine> {
  if (hasNativeEngine()) return nativeEngine;
  await (await import('../tensors/backend')).useBackend();
  return (await import('./plain-engine')).plainEngine;
}
