/**
 * Weights going out and coming in by name, so that those of another implementation give the same predictions here.
 *
 * A record holds one repeat. A graph convolution `L` has, for each of the directions `successors` (A) and `predecessors`
 * (Aᵀ), `L.successors.weight` `[in, 64]`, `.bias` `[64]`, `.gamma`, `.beta`, `.movingMean` and `.movingVariance`; L is
 * `basic1`, `basic2`, `basic3`, `nsam.query`, `nsam.key`, `nsam.value`, `nsam.output`, `efm.key`, `efm.query`,
 * `efm.value` (where it has one) or `efm.output`. Besides these: `efm.dense.weight` `[k, n·64]` and `efm.dense.bias`;
 * `efm.code.gamma`, `.beta`, `.movingMean`, `.movingVariance` `[64]`; `head.weight` `[n or 64, 1]` and `head.bias` `[1]`.
 * A product is x · weight, values are in row-major order.
 */
import * as tf from '@tensorflow/tfjs';
import type { PredictorStack } from './predictor-stack';

/** Weights and moving statistics of one repeat by name. */
export type WeightRecord = Record<string, { shape: number[]; values: number[] }>;

const DIRECTIONS = ['successors', 'predecessors'];

/** A piece of the stack's state under its public name: `[from, to)` of the last axis of a tensor. */
interface Piece {
  name: string;
  tensor: tf.Tensor; // [R, ...]
  from: number;
  to: number;
}

/** All weights of one repeat. Throws a RangeError for a repeat that the stack does not have. */
export function exportWeights(predictor: PredictorStack, repeat: number): WeightRecord {
  if (!(repeat in predictor.seeds)) {
    throw new RangeError(`repeat ${repeat}: the stack has ${predictor.seeds.length}, counted from 0`);
  }
  return tf.tidy(() => {
    const record: WeightRecord = {};
    for (const { name, tensor, from, to } of pieces(predictor)) {
      const one = tf.slice(tensor, repeat, 1);
      const part = tf.slice(
        one,
        [...Array<number>(one.rank - 1).fill(0), from],
        [...one.shape.slice(0, -1), to - from],
      );
      record[name] = { shape: part.shape.slice(1), values: [...part.dataSync()] };
    }
    return record;
  });
}

/**
 * Sets the weights of every repeat.
 *
 * @param records one for each repeat, `[R]`
 * @throws Error that names a weight which is missing, unknown, or of another shape
 */
export function importWeights(predictor: PredictorStack, records: readonly WeightRecord[]): void {
  if (records.length !== predictor.seeds.length) {
    throw new Error(`${records.length} weight records for ${predictor.seeds.length} repeats: expected one a repeat`);
  }
  tf.tidy(() => {
    const expected = pieces(predictor);
    records.forEach((record, r) => checkNames(record, r, expected));
    const parts = (layer: string, kind: string): tf.Tensor => {
      const named = expected.filter(({ name }) =>
        [layer, ...DIRECTIONS.map((d) => `${layer}.${d}`)].some((l) => name === `${l}.${kind}`),
      );
      return tf.concat(
        named.map((piece) => tf.stack(records.map((record, r) => checked(record, r, piece)))),
        -1,
      );
    };
    const { state, network } = predictor;
    for (const { name } of network.parameters) state.replace(name, parts(...splitName(name)));
    const moving = network.batchNorms.map(({ name }) => {
      const mean = parts(name, 'movingMean') as tf.Tensor2D;
      return [name, { mean, variance: parts(name, 'movingVariance') as tf.Tensor2D }] as const;
    });
    state.setMoving(new Map(moving));
  });
}

/** Every public name with where its values are; moving statistics are fresh tensors, so call it inside of a tidy. */
function pieces({ network, state }: PredictorStack): Piece[] {
  const split = (layer: string, kind: string, tensor: tf.Tensor, twoWay?: boolean): Piece[] => {
    const width = tensor.shape[tensor.rank - 1]!;
    if (!twoWay) return [{ name: `${layer}.${kind}`, tensor, from: 0, to: width }];
    const half = width / 2;
    return DIRECTIONS.map((direction, d) => {
      return { name: `${layer}.${direction}.${kind}`, tensor, from: d * half, to: (d + 1) * half };
    });
  };
  return [
    ...network.parameters.flatMap(({ name, twoWay }) => {
      return split(...splitName(name), state.weights.get(name)!, twoWay);
    }),
    ...network.batchNorms.flatMap(({ name, twoWay }) => {
      const { mean, variance } = state.movingOf(name);
      return [...split(name, 'movingMean', mean, twoWay), ...split(name, 'movingVariance', variance, twoWay)];
    }),
  ];
}

/** 'efm.dense.weight' to layer 'efm.dense' and kind 'weight'. */
function splitName(name: string): [layer: string, kind: string] {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function checkNames(record: WeightRecord, repeat: number, expected: Piece[]): void {
  const known = new Set(expected.map(({ name }) => name));
  const unknown = Object.keys(record).filter((name) => !known.has(name));
  const missing = [...known].filter((name) => !(name in record));
  if (unknown.length || missing.length) {
    const parts = [
      missing.length && `misses ${missing.join(', ')}`,
      unknown.length && `has unknown ${unknown.join(', ')}`,
    ];
    throw new Error(`the weights of repeat ${repeat}: the record ${parts.filter(Boolean).join(' and ')}`);
  }
}

function checked(record: WeightRecord, repeat: number, { name, tensor, from, to }: Piece): tf.Tensor {
  const { shape, values } = record[name]!;
  const expected = [...tensor.shape.slice(1, -1), to - from];
  const size = expected.reduce((a, b) => a * b, 1);
  if (shape.join() !== expected.join() || values.length !== size) {
    const found = `shape [${shape.join(', ')}] with ${values.length} values`;
    throw new Error(`the weights of repeat ${repeat}: ${name} has ${found}; expected shape [${expected.join(', ')}]`);
  }
  return tf.tensor(values, expected);
}
