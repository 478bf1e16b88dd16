/** The state of a stack of predictors as tensors that live between steps. */
import * as tf from '@tensorflow/tfjs';
import { EPSILON, MOMENTUM } from './graph-norm';
import type { BatchNormSpec } from './layer';
import type { Network } from './network';
import type { StateEntry, StateLayout } from './state-layout';

/** A batch norm with fixed statistics: x · scale + shift, `[R, width]` each. */
export interface Affine {
  scale: tf.Tensor;
  shift: tf.Tensor;
}

/** Weights `[R, ...shape]` by name, and moving means and variances `[R, width]` of all batch norms, side by side. */
export class TensorState {
  /** By name, in the network's order. */
  readonly weights = new Map<string, tf.Tensor>();
  private moving!: tf.Tensor2D;
  /** Start and width of each batch norm's means in `moving`; its variances follow at once. */
  private readonly places = new Map<string, { start: number; spec: BatchNormSpec }>();
  /** 1 − momentum of each column, counting the updates of a step. */
  private readonly rates: tf.Tensor2D;
  /** The biases in front of the batch norms, in the columns of the means in `moving`; made when first needed. */
  private biases: tf.Tensor | undefined;
  private readonly biasNames = new Set<string>();

  /** @param values `[R · layout.size]` */
  constructor(
    private readonly network: Network,
    private readonly layout: StateLayout,
    values: Float32Array,
  ) {
    const rates: number[] = [];
    for (const spec of network.batchNorms) {
      this.places.set(spec.name, { start: rates.length, spec });
      if (spec.bias) this.biasNames.add(spec.bias);
      for (let i = 0; i < 2 * spec.width; i++) rates.push(1 - MOMENTUM ** spec.updates);
    }
    this.rates = tf.keep(tf.tensor2d(rates, [1, rates.length]));
    this.set(values);
  }

  /** Everything as numbers, `[R · layout.size]`. */
  read(): Float32Array {
    const { size, entries, parameters } = this.layout;
    const repeats = this.moving.shape[0];
    const values = new Float32Array(repeats * size);
    const put = (start: number, tensor: tf.Tensor): void => {
      const from = tensor.dataSync<'float32'>();
      const width = from.length / repeats;
      for (let r = 0; r < repeats; r++) values.set(from.subarray(r * width, (r + 1) * width), r * size + start);
    };
    for (const [name, tensor] of this.weights) put(entries.get(name)!.start, tensor);
    put(parameters, this.moving);
    return values;
  }

  /** Puts numbers `[R · layout.size]` in the place of everything. */
  write(values: Float32Array): void {
    tf.dispose([...this.weights.values(), this.moving]);
    this.forgetBiases();
    this.set(values);
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
      const { start, spec } = this.places.get(batchNorm)!;
      const columns = (from: number): tf.Tensor2D => tf.slice(this.moving, [0, from], [-1, spec.width]);
      const [mean, variance] = [columns(start), columns(start + spec.width)];
      const scale = tf.mul(this.weights.get(`${batchNorm}.gamma`)!, tf.rsqrt(tf.add(variance, EPSILON)));
      const centre = spec.bias ? tf.sub(this.weights.get(spec.bias)!, mean) : tf.neg(mean);
      return { scale, shift: tf.add(this.weights.get(`${batchNorm}.beta`)!, tf.mul(centre, scale)) };
    });
  }

  /** Gives the memory of all tensors back. */
  dispose(): void {
    this.forgetBiases();
    tf.dispose([...this.weights.values(), this.moving, this.rates]);
  }

  private set(values: Float32Array): void {
    const { size, entries, parameters } = this.layout;
    const repeats = values.length / size;
    const tensor = ({ start, size: width, shape }: Pick<StateEntry, 'start' | 'size' | 'shape'>): tf.Tensor => {
      const part = new Float32Array(repeats * width);
      for (let r = 0; r < repeats; r++)
        part.set(values.subarray(r * size + start, r * size + start + width), r * width);
      return tf.keep(tf.tensor(part, [repeats, ...shape]));
    };
    for (const { name } of this.network.parameters) this.weights.set(name, tensor(entries.get(name)!));
    const width = size - parameters;
    this.moving = tensor({ start: parameters, size: width, shape: [width] }) as tf.Tensor2D;
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
}
