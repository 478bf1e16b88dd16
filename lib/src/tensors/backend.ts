/**
 * Which engine computes: TensorFlow's native library through `@tensorflow/tfjs-node-gpu` where it was built, else
 * WebAssembly through `@tensorflow/tfjs-backend-wasm` (slower, the same results to rounding).
 */
import './tensorflow-environment';
import * as tf from '@tensorflow/tfjs';
import { dirname, sep } from 'node:path';
import { nativeAddon } from './native-addon';

/** The engines that this package runs on. */
export type BackendName = 'tensorflow' | 'wasm';

/** The engine in use. */
export interface Backend {
  name: BackendName;
  /** One line for people: engine, version, device. */
  description: string;
  device: 'cpu' | 'gpu';
  /**
   * Whether lib/native can be used, its fused operations and its predictor engine: TensorFlow on a CPU, and the set-up
   * could compile it.
   */
  fused: boolean;
  /** The instruction set that the predictor engine of lib/native uses on this processor: 'AVX-512', 'AVX2 and FMA', … */
  instructions?: string;
}

/** Goes up when the predictor engine of lib/native changes its results, be it by rounding: records keep it. */
const ENGINE_VERSION = 1;

let current: Backend | undefined;

/**
 * Makes a backend ready and current; the first call of every program that computes.
 *
 * @param wanted the backend; by default TensorFlow when its native library loads, else WebAssembly
 * @throws Error when the wanted backend cannot be loaded, with the remedy
 */
export async function useBackend(wanted?: BackendName): Promise<Backend> {
  if (current && (wanted ?? current.name) === current.name) return current;
  if (wanted === 'wasm') return (current = await loadWasm('asked for'));
  try {
    return (current = await loadTensorFlow());
  } catch (error) {
    // The reason names local paths; a description goes into records.
    if (!wanted) return (current = await loadWasm('slower; native TensorFlow does not load here'));
    const reason = (error as Error).message.split('\n')[0]!;
    throw new Error(`TensorFlow's native library does not load (${reason}); build it with: npm run setup`);
  }
}

/** The backend that `useBackend` made ready. Throws when it was not called. */
export function currentBackend(): Backend {
  if (!current) throw new Error('no backend yet: await useBackend() first');
  return current;
}

interface NodeBackend {
  binding: { TF_Version: string };
  isUsingGpuDevice: boolean;
}

async function loadTensorFlow(): Promise<Backend> {
  // The package registers its backend with the `tf` that this module imports.
  await import('@tensorflow/tfjs-node-gpu');
  await tf.setBackend('tensorflow');
  const { binding, isUsingGpuDevice } = tf.backend() as unknown as NodeBackend;
  const device = isUsingGpuDevice ? 'gpu' : 'cpu';
  const addon = device === 'cpu' ? nativeAddon() : undefined;
  const kind = addon
    ? `CPU, fused operations, predictor engine ${ENGINE_VERSION}`
    : device === 'cpu'
      ? 'CPU, slower: no fused operations'
      : 'GPU';
  const description = `TensorFlow ${binding.TF_Version} (${kind})`;
  return {
    name: 'tensorflow',
    device,
    fused: addon !== undefined,
    instructions: addon?.engineInstructions,
    description,
  };
}

async function loadWasm(why: string): Promise<Backend> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend does not start; run: npm run setup');
  return { name: 'wasm', device: 'cpu', fused: false, description: `WebAssembly ${wasm.version_wasm} (${why})` };
}
