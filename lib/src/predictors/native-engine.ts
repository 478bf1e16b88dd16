/** The predictor in lib/native: a whole training step in one call, one repeat after the other, all of it in the cache. */
import type { GraphEncoding } from '../benchmarks/search-space';
import { currentBackend } from '../tensors/backend';
import { nativeAddon, type NativeAddon, type NativePredictor } from '../tensors/native-addon';
import { MOST_NODES } from '../tensors/native-ops';
import { EPSILON, MOMENTUM } from './graph-norm';
import { joined } from './joined';
import type { Network } from './network';
import type { Batches, LossName } from './predictor';
import type { PredictorOptions } from './predictor-options';
import type { StackEngine } from './stack-engine';
import type { StateLayout } from './state-layout';

/** Repeats times cells that one call predicts: a fraction of a second. */
const AT_ONCE = 16_384;

const NORMS = [
  ...['basic1', 'basic2', 'nsam.query', 'nsam.key', 'nsam.value', 'nsam.output', 'basic3'],
  ...['efm.key', 'efm.query', 'efm.value', 'efm.output', 'efm.code'],
];

/**
 * Whether the native engine computes predictors of these options on these graphs: every option of `PredictorOptions` but
 * a layer of one's own, edges of 0 and 1, where the backend uses lib/native.
 */
export function nativeEngineTakes(options: PredictorOptions, { nodes, adjacency }: GraphEncoding): boolean {
  if (!currentBackend().fused || (options.nsam && options.attention)) return false;
  return nodes <= MOST_NODES && adjacency.every((edge) => edge === 0 || edge === 1);
}

/** The engine for predictors that `nativeEngineTakes`. */
export class NativeEngine implements StackEngine {
  private readonly addon: NativeAddon;
  private readonly handle: NativePredictor;

  /** @param state `[R · layout.size]` */
  constructor(
    options: PredictorOptions,
    network: Network,
    private readonly layout: StateLayout,
    graphs: GraphEncoding,
    private readonly repeats: number,
    state: Float32Array,
  ) {
    this.addon = nativeAddon()!;
    const { hot, adjacency, sizes } = graphs;
    const bytes = adjacency instanceof Uint8Array ? adjacency : Uint8Array.from(adjacency);
    const masked = options.paddedNodes === 'masked' && sizes ? sizes : new Uint8Array();
    const numbers = plan(options, network, layout, graphs);
    this.handle = this.addon.create(numbers, repeats, EPSILON, MOMENTUM, hot, bytes, masked);
    this.writeState(state);
  }

  readState(): Float32Array {
    const state = new Float32Array(this.repeats * this.layout.size);
    this.addon.read(this.handle, state);
    return state;
  }

  writeState(state: Float32Array): void {
    this.addon.write(this.handle, state);
  }

  restartOptimiser(): void {
    this.addon.restart(this.handle);
  }

  train({ steps = 1, positions, labels, codes }: Batches, loss: LossName, learningRate: number): Float32Array {
    const losses = new Float32Array(this.repeats);
    const size = positions.length / (this.repeats * steps);
    const squared = Number(loss === 'squared');
    this.addon.train(this.handle, steps, size, positions, labels, codes, learningRate, squared, losses);
    return losses;
  }

  gradient({ positions, labels, codes }: Batches, loss: LossName): Float32Array {
    const gradients = new Float32Array(this.repeats * this.layout.parameters);
    const size = positions.length / this.repeats;
    this.addon.gradient(this.handle, size, positions, labels, codes, Number(loss === 'squared'), gradients);
    return gradients;
  }

  predict(positions: readonly Int32Array[], codes?: readonly Float32Array[]): Float32Array[] {
    const count = positions[0]!.length;
    const predictions = positions.map(() => new Float32Array(count));
    const size = Math.max(1, Math.floor(AT_ONCE / this.repeats));
    for (let from = 0; from < count; from += size) {
      const chunk = positions.map((row) => row.subarray(from, from + size));
      const batch = chunk[0]!.length;
      const k = codes ? codes[0]!.length / count : 0;
      const given = joined(codes?.map((row) => row.subarray(from * k, (from + batch) * k)) ?? [new Float32Array()]);
      const values = new Float32Array(this.repeats * batch);
      this.addon.predict(this.handle, batch, joined(chunk), given, values);
      predictions.forEach((row, r) => row.set(values.subarray(r * batch, (r + 1) * batch), from));
    }
    return predictions;
  }

  dispose(): void {
    this.addon.dispose(this.handle);
  }
}

/** The numbers of `Plan` in lib/native/predictor_engine.h. */
function plan(
  options: PredictorOptions,
  network: Network,
  { entries, parameters, size }: StateLayout,
  { nodes, features }: GraphEncoding,
): Int32Array {
  const siamese = options.branch === 'siamese';
  const start = (name: string): number => entries.get(name)?.start ?? -1;
  const updates = new Map(network.batchNorms.map((norm) => [norm.name, norm.updates]));
  return Int32Array.from([
    ...[nodes, features, siamese ? options.codeEntries : 0],
    ...[Number(options.nsam), options.nsamDirections, Number(options.nsamOutput)],
    ...[Number(siamese), options.efmDirections, Number(options.efmValue === 'own'), Number(options.efmCodeNorm)],
    ...[Number(options.headMean === 'nodes'), parameters, size],
    ...NORMS.flatMap((norm) => [
      ...['gamma', 'beta', 'movingMean', 'movingVariance', 'bias'].map((kind) => start(`${norm}.${kind}`)),
      ...[updates.get(norm) ?? 0, start(`${norm}.weight`)],
    ]),
    ...['efm.dense.weight', 'efm.dense.bias', 'head.weight', 'head.bias'].map(start),
  ]);
}
