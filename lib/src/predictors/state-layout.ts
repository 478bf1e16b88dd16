/** Weights and moving statistics of a predictor as numbers in a row, the same for everything that computes with them. */
import { Random } from '../tensors/random';
import type { ParameterSpec } from './layer';
import type { Network } from './network';

/** One weight, or one batch norm's moving mean or variance, within the state of a repeat. */
export interface StateEntry {
  /** Of a parameter, its own; of a batch norm L, `L.movingMean` or `L.movingVariance`. */
  name: string;
  /** Its shape in one repeat. */
  shape: number[];
  /** Where it begins, and how many numbers it has. */
  start: number;
  size: number;
  /** As in `ParameterSpec`. */
  twoWay?: boolean;
}

/** Where everything lies in the state of one repeat: the parameters, then the moving statistics. */
export interface StateLayout {
  /** By name, in order. */
  entries: ReadonlyMap<string, StateEntry>;
  /** Numbers of all parameters. */
  parameters: number;
  /** Numbers in all. */
  size: number;
}

/** The layout for a network. */
export function stateLayout(network: Network): StateLayout {
  const entries = new Map<string, StateEntry>();
  let size = 0;
  const add = (name: string, shape: number[], twoWay?: boolean): void => {
    const count = shape.reduce((a, b) => a * b, 1);
    entries.set(name, { name, shape, start: size, size: count, twoWay });
    size += count;
  };
  for (const { name, shape, twoWay } of network.parameters) add(name, shape, twoWay);
  const parameters = size;
  for (const { name, width, twoWay } of network.batchNorms) {
    add(`${name}.movingMean`, [width], twoWay);
    add(`${name}.movingVariance`, [width], twoWay);
  }
  return { entries, parameters, size };
}

/**
 * The state before training, `[R · size]`: repeat r draws every parameter from a stream of its own, named by its seed and
 * the parameter; moving means are 0 and moving variances 1.
 */
export function initialState(network: Network, layout: StateLayout, seeds: readonly number[]): Float32Array {
  const state = new Float32Array(seeds.length * layout.size);
  seeds.forEach((seed, r) => {
    const part = ({ start, size }: StateEntry): Float32Array =>
      state.subarray(r * layout.size + start, r * layout.size + start + size);
    for (const spec of network.parameters) draw(spec, seed, part(layout.entries.get(spec.name)!));
    for (const { name } of network.batchNorms) part(layout.entries.get(`${name}.movingVariance`)!).fill(1);
  });
  return state;
}

function draw({ name, initial }: ParameterSpec, seed: number, values: Float32Array): void {
  if ('constant' in initial) {
    values.fill(initial.constant);
    return;
  }
  const random = new Random(seed, 'weights', name);
  for (let i = 0; i < values.length; i++) values[i] = initial.limit * (2 * random.uniform() - 1);
}
