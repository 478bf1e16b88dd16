/** Adam as Keras computes it (protocol §3.3), over a list of weights at once. */
import * as tf from '@tensorflow/tfjs';
import { currentBackend } from './backend';
import { runNativeOp } from './native-ops';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7; // added to the uncorrected root, unlike tfjs' own Adam

/**
 * The optimiser's state. θ ← θ − lr·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + ε). Its moments live until `dispose`.
 */
export class Adam {
  private steps = 0;
  private first: tf.Tensor[] = [];
  private second: tf.Tensor[] = [];

  /**
   * @param plain compute with TensorFlow's own operations even where the fused one is built (for tests)
   * @param beta2 how slowly the second moment changes, β₂
   */
  constructor(
    private readonly plain = false,
    private readonly beta2 = BETA2,
  ) {}

  /**
   * One step.
   *
   * @param weights any shapes; left as they are
   * @param gradients of the same shapes
   * @returns the new weights, owned by the caller
   */
  update(weights: tf.Tensor[], gradients: tf.Tensor[], learningRate: number): tf.Tensor[] {
    this.steps++;
    const rate = (learningRate * Math.sqrt(1 - this.beta2 ** this.steps)) / (1 - BETA1 ** this.steps);
    if (this.steps === 1) {
      this.first = weights.map((w) => tf.keep(tf.zerosLike(w)));
      this.second = weights.map((w) => tf.keep(tf.zerosLike(w)));
    }
    const step = currentBackend().fused && !this.plain ? fusedStep : plainStep;
    const [updated, first, second] = tf.tidy(() => step(weights, this.first, this.second, gradients, rate, this.beta2));
    this.dispose();
    this.first = first.map((t) => tf.keep(t));
    this.second = second.map((t) => tf.keep(t));
    return updated;
  }

  dispose(): void {
    tf.dispose([this.first, this.second]);
  }
}

type State = [weights: tf.Tensor[], first: tf.Tensor[], second: tf.Tensor[]];
type Step = (
  weights: tf.Tensor[],
  first: tf.Tensor[],
  second: tf.Tensor[],
  gradients: tf.Tensor[],
  rate: number,
  beta2: number,
) => State;

const fusedStep: Step = (weights, first, second, gradients, rate, beta2) => {
  const n = weights.length;
  const inputs = [...weights, ...first, ...second, ...gradients, tf.scalar(rate)];
  const attributes = { N: BigInt(n), beta1: BETA1, beta2, epsilon: EPSILON };
  const outputs = runNativeOp('SiameseAdam', attributes, inputs, 3 * n);
  return [outputs.slice(0, n), outputs.slice(n, 2 * n), outputs.slice(2 * n)];
};

const plainStep: Step = (weights, first, second, gradients, rate, beta2) => {
  const state: State = [[], [], []];
  weights.forEach((weight, i) => {
    const g = gradients[i]!;
    const m = tf.add(tf.mul(first[i]!, BETA1), tf.mul(g, 1 - BETA1));
    const v = tf.add(tf.mul(second[i]!, beta2), tf.mul(tf.square(g), 1 - beta2));
    state[0].push(tf.sub(weight, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), EPSILON))));
    state[1].push(m);
    state[2].push(v);
  });
  return state;
};
