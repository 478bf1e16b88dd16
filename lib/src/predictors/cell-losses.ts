/** The losses of protocol §3.1 in TensorFlow's operations, with closed gradients. */
import * as tf from '@tensorflow/tfjs';
import type { LossName } from './predictor';

/** Loss of each cell from predictions and labels as fractions, all of one shape. */
export type CellLoss = (prediction: tf.Tensor, label: tf.Tensor) => tf.Tensor;

const HUBER_DELTA = 0.5; // protocol §3.1

/** A loss with its derivative with respect to the prediction: both from d = prediction − label. */
function lossOf(value: (d: tf.Tensor) => tf.Tensor, slope: (d: tf.Tensor) => tf.Tensor): CellLoss {
  return tf.customGrad((...args) => {
    const [prediction, label, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const d = tf.sub(prediction, label);
    save([d]);
    const gradFunc = (dy: tf.Tensor, [d]: tf.Tensor[]): tf.Tensor[] => {
      const gradient = tf.mul(dy, slope(d!));
      return [gradient, tf.neg(gradient)];
    };
    return { value: value(d), gradFunc };
  });
}

const near = (d: tf.Tensor): tf.Tensor => tf.clipByValue(d, -HUBER_DELTA, HUBER_DELTA);

/** Element-wise losses of predictions and labels, both fractions (protocol §3.1). */
export const cellLosses: Record<LossName, CellLoss> = {
  // With m = d clipped to ±δ, m (d − m/2) is ½d² for |d| ≤ δ and δ(|d| − δ/2) beyond.
  huber: lossOf((d) => tf.mul(near(d), tf.sub(d, tf.mul(near(d), 0.5))), near),
  squared: lossOf(tf.square, (d) => tf.mul(d, 2)),
};
