/** What the networks of rivals are trained with: repeats along a leading axis, R, each with randomness of its own. */
import * as tf from '@tensorflow/tfjs';
import { Adam } from '../../tensors/adam';
import { Random } from '../../tensors/random';

/** Weights of R networks as one tensor `[R, ...shape]`, uniform in ±limit; a repeat's do not depend on the others'. */
export function uniformWeights(randoms: readonly Random[], shape: readonly number[], limit: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(randoms.length * size);
  randoms.forEach((random, repeat) => {
    for (let i = 0; i < size; i++) values[repeat * size + i] = limit * (2 * random.uniform() - 1);
  });
  return tf.tensor(values, [randoms.length, ...shape]);
}

/** The limit of Glorot's uniform initialisation, also known as Xavier's. */
export const glorotLimit = (inputs: number, outputs: number): number => Math.sqrt(6 / (inputs + outputs));

/** Dropout of R networks that are trained side by side, each from a seed of its own. */
export class Dropout {
  private readonly states: Uint32Array;

  constructor(
    randoms: readonly Random[],
    private readonly rate: number,
  ) {
    this.states = Uint32Array.from(randoms, (random) => random.integer(2 ** 31) + 1); // never 0, where xorshift stays
  }

  /** Masks `[R, ...shape]`: 0 with probability `rate`, else 1/(1 − rate). */
  mask(shape: readonly number[]): tf.Tensor {
    const { rate, states } = this;
    const size = shape.reduce((a, b) => a * b, 1);
    const values = new Float32Array(states.length * size);
    const kept = 1 / (1 - rate);
    const threshold = rate * 2 ** 32;
    for (let repeat = 0, i = 0; repeat < states.length; repeat++) {
      let state = states[repeat]!;
      for (const end = i + size; i < end; i++) {
        state ^= state << 13; // Marsaglia's xorshift: a draw a weight has to be cheap
        state ^= state >>> 17;
        state ^= state << 5;
        values[i] = state >>> 0 < threshold ? 0 : kept;
      }
      states[repeat] = state;
    }
    return tf.tensor(values, [states.length, ...shape]);
  }
}

/** How a step changes weights beyond their gradient's direction. */
export interface StepSettings {
  /** Learning rate. */
  rate: number;
  /** Added to the gradient, times the weight: Adam with an L2 penalty. */
  penalty?: number;
  /** Share of a weight that a step of rate 1 takes away: AdamW (Loshchilov and Hutter 2019). */
  decay?: number;
}

/** The weights of R networks and their optimiser, Adam in the form of `tensors/adam`. Owns both until `dispose`. */
export class Stack {
  private readonly adam: Adam;

  /** @param weights `[R, ...]` each; owned by the stack from here on */
  constructor(
    public weights: tf.Tensor[],
    private readonly beta2?: number,
  ) {
    this.weights.forEach((weight) => tf.keep(weight));
    this.adam = new Adam(false, beta2);
  }

  /** One step down the gradient of the loss, the sum over the repeats of what each loses. */
  step(loss: (weights: tf.Tensor[]) => tf.Scalar, { rate, penalty = 0, decay = 0 }: StepSettings): void {
    const updated = tf.tidy(() => {
      const gradients = tf.grads((...weights: tf.Tensor[]) => loss(weights))(this.weights);
      const penalised = penalty > 0 ? gradients.map((g, i) => tf.add(g, tf.mul(this.weights[i]!, penalty))) : gradients;
      const decayed = decay > 0 ? this.weights.map((weight) => tf.mul(weight, 1 - rate * decay)) : this.weights;
      return this.adam.update(decayed, penalised, rate);
    });
    tf.dispose(this.weights);
    this.weights = updated.map((weight) => tf.keep(weight));
  }

  /** A new optimiser, for weights that are trained on. */
  restart(): Stack {
    const weights = this.weights.map((weight) => tf.clone(weight));
    this.dispose();
    return new Stack(weights, this.beta2);
  }

  dispose(): void {
    tf.dispose(this.weights);
    this.adam.dispose();
  }
}

/** The learning rate after `done` of `total` steps of a cosine that falls from `rate` to 0. */
export const cosine = (rate: number, done: number, total: number): number =>
  (rate / 2) * (1 + Math.cos((Math.PI * done) / total));
