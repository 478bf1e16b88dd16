/** The weights and moving statistics of a stack of predictors, as tensors that live between steps. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../tensors/random';
import { EPSILON } from './graph-norm';
import type { BatchNormSpec, ParameterSpec } from './layer';
import type { Network } from './network';

const MOMENTUM = 0.997; // of every batch norm, protocol §2.1

/** A fused batch norm: x · scale + shift, `[R, width]` each. */
export interface Affine {
  scale: tf.Tensor;
  shift: tf.Tensor;
}

/** Weights `[R, ...shape]` by name, and moving means and variances `[R, width]` of all batch norms, side by side. */
export class StackState {
  /** By name, in the network's order. */
  readonly weights = new Map<string, tf.Tensor>();
  private moving: tf.Tensor2D;
  /** Start and width of each batch norm's means in `moving`; its variances follow at once. */
  private readonly places = new Map<string, { start: number; spec: BatchNormSpec }>();
  /** 1 − momentum of each column, counting the updates of a step. */
  private readonly rates: tf.Tensor2D;
  /** The biases in front of the batch norms, in the columns of the means in `moving`; made when first needed. */
  private biases: tf.Tensor | undefined;
  private readonly biasNames = new Set<string>();

  /** Fresh weights: repeat r draws every parameter from a stream of its own, named by its seed and the parameter. */
  constructor(network: Network, seeds: readonly number[]) {
    for (const spec of network.parameters) this.weights.set(spec.name, tf.keep(initialWeights(spec, seeds)));
    const start: number[] = []; // moving mean 0, variance 1
    const rates: number[] = [];
    for (const spec of network.batchNorms) {
      this.places.set(spec.name, { start: start.length, spec });
      if (spec.bias) this.biasNames.add(spec.bias);
      for (let i = 0; i < 2 * spec.width; i++) {
        start.push(i < spec.width ? 0 : 1);
        rates.push(1 - MOMENTUM ** spec.updates);
      }
    }
    this.moving = tf.keep(tf.tidy(() => tf.tile(tf.tensor2d(start, [1, start.length]), [seeds.length, 1])));
    this.rates = tf.keep(tf.tensor2d(rates, [1, rates.length]));
  }

  /** Puts new weights in the place of old ones and disposes of these. */
  replace(name: string, weight: tf.Tensor): void {
    tf.dispose(this.weights.get(name));
    if (this.biasNames.has(name)) this.forgetBiases();
    this.weights.set(name, tf.keep(weight));
  }

  /**
   * Moves the moving statistics by one step's batch statistics: moving ← momentum · moving + (1 − momentum) · batch.
   *
   * @param statistics mean and variance `[R, width]` by batch norm, measured without biases; disposed of
   */
  observe(statistics: ReadonlyMap<string, { mean: tf.Tensor; variance: tf.Tensor }>): void {
    this.biases ??= tf.keep(tf.tidy(() => this.biasColumns()));
    const moved = tf.tidy(() => {
      const columns = [...this.places.keys()].flatMap((name) => {
        const { mean, variance } = statistics.get(name)!;
        return [mean, variance];
      });
      const batch = tf.add(tf.concat(columns, 1), this.biases!);
      return tf.add<tf.Tensor2D>(this.moving, tf.mul(tf.sub(batch, this.moving), this.rates));
    });
    tf.dispose([this.moving, ...[...statistics.values()].flatMap((s) => [s.mean, s.variance])]);
    this.moving = tf.keep(moved);
  }

  /** Bias and batch norm with moving statistics as one scale and shift. */
  affine(batchNorm: string): Affine {
    return tf.tidy(() => {
      const { spec } = this.places.get(batchNorm)!;
      const { mean, variance } = this.movingOf(batchNorm);
      const scale = tf.mul(this.weights.get(`${batchNorm}.gamma`)!, tf.rsqrt(tf.add(variance, EPSILON)));
      const centre = spec.bias ? tf.sub(this.weights.get(spec.bias)!, mean) : tf.neg(mean);
      return { scale, shift: tf.add(this.weights.get(`${batchNorm}.beta`)!, tf.mul(centre, scale)) };
    });
  }

  /** Moving mean and variance of a batch norm, `[R, width]` each. */
  movingOf(batchNorm: string): { mean: tf.Tensor2D; variance: tf.Tensor2D } {
    const { start, spec } = this.places.get(batchNorm)!;
    const columns = (from: number): tf.Tensor2D => tf.slice(this.moving, [0, from], [-1, spec.width]);
    return { mean: columns(start), variance: columns(start + spec.width) };
  }

  /** Sets moving mean and variance of the batch norms named, `[R, width]` each; the others stay. */
  setMoving(statistics: ReadonlyMap<string, { mean: tf.Tensor2D; variance: tf.Tensor2D }>): void {
    const moved = tf.tidy(() =>
      tf.concat(
        [...this.places.keys()].flatMap((name) => {
          const { mean, variance } = statistics.get(name) ?? this.movingOf(name);
          return [mean, variance];
        }),
        1,
      ),
    );
    tf.dispose(this.moving);
    this.moving = tf.keep(moved);
  }

  /** A copy of everything; the caller disposes of it. */
  snapshot(): tf.Tensor[] {
    return this.all().map((t) => tf.keep(tf.clone(t)));
  }

  /** A copy that holds the present values of the repeats marked `[R]` and the snapshot's of the others. */
  merge(snapshot: tf.Tensor[], present: boolean[]): tf.Tensor[] {
    return tf.tidy(() =>
      this.all().map((now, i) => {
        const mask = tf.tensor(present, [present.length, ...Array<number>(now.rank - 1).fill(1)], 'bool');
        return tf.keep(tf.where(mask, now, snapshot[i]!));
      }),
    );
  }

  /** Takes the snapshot's place; the snapshot is used up. */
  load(snapshot: tf.Tensor[]): void {
    [...this.weights.keys()].forEach((name, i) => this.replace(name, snapshot[i]!));
    tf.dispose(this.moving);
    this.moving = snapshot[snapshot.length - 1] as tf.Tensor2D;
  }

  /** Gives the memory of all tensors back. */
  dispose(): void {
    this.forgetBiases();
    tf.dispose([...this.all(), this.rates]);
  }

  private forgetBiases(): void {
    tf.dispose(this.biases);
    this.biases = undefined;
  }

  /** `[R, columns of moving]`: what a bias adds to the batch mean; 0 elsewhere. */
  private biasColumns(): tf.Tensor {
    const columns = [...this.places.values()].flatMap(({ spec: { bias, width } }) => {
      const none = tf.zeros([this.moving.shape[0], width]);
      return [bias ? this.weights.get(bias)! : none, none];
    });
    return tf.concat(columns, 1);
  }

  private all(): tf.Tensor[] {
    return [...this.weights.values(), this.moving];
  }
}

function initialWeights(spec: ParameterSpec, seeds: readonly number[]): tf.Tensor {
  const size = spec.shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(seeds.length * size);
  seeds.forEach((seed, r) => {
    const part = values.subarray(r * size, (r + 1) * size);
    if ('constant' in spec.initial) {
      part.fill(spec.initial.constant);
    } else {
      const { limit } = spec.initial;
      const random = new Random(seed, 'weights', spec.name);
      for (let i = 0; i < size; i++) part[i] = limit * (2 * random.uniform() - 1);
    }
  });
  return tf.tensor(values, [seeds.length, ...spec.shape]);
}
