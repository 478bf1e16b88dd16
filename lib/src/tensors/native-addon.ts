/** The addon that the set-up compiles from lib/native/predictor_*.cc. */
import { join } from 'node:path';

/** A predictor inside the addon; its memory is given back by `dispose`. */
export type NativePredictor = object;

/** What the addon offers; arrays are laid out as lib/native/predictor_engine.h says. */
export interface NativeAddon {
  /** The instruction set that the operations use on this processor: 'AVX-512', 'AVX2 and FMA', … */
  instructions: string;
  /** The same of the engine, which SIAMESE_NAS_INSTRUCTIONS can keep to narrower ones (lib/native/instruction_sets.h). */
  engineInstructions: string;
  create(
    plan: Int32Array,
    repeats: number,
    epsilon: number,
    momentum: number,
    hot: Uint8Array,
    adjacency: Uint8Array,
    sizes: Uint8Array,
  ): NativePredictor;
  read(handle: NativePredictor, state: Float32Array): void;
  write(handle: NativePredictor, state: Float32Array): void;
  restart(handle: NativePredictor): void;
  train(
    handle: NativePredictor,
    steps: number,
    size: number,
    positions: Int32Array,
    labels: Float32Array,
    codes: Float32Array,
    learningRate: number,
    squared: number,
    losses: Float32Array,
  ): void;
  gradient(
    handle: NativePredictor,
    size: number,
    positions: Int32Array,
    labels: Float32Array,
    codes: Float32Array,
    squared: number,
    gradients: Float32Array,
  ): void;
  predict(
    handle: NativePredictor,
    count: number,
    positions: Int32Array,
    codes: Float32Array,
    predictions: Float32Array,
  ): void;
  dispose(handle: NativePredictor): void;
}

/**
 * Loads the addon, which registers its operations with the TensorFlow library of this process: that has to be loaded
 * before. Undefined where the set-up could not compile it; plain operations do the same.
 */
export function nativeAddon(): NativeAddon | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a compiled addon has no import
    return require(join(__dirname, '..', '..', 'native', 'build', 'predictor_ops.node')) as NativeAddon;
  } catch {
    return undefined;
  }
}
