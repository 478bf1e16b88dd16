/** Operations of `lib/native`, compiled by the set-up: fused versions of what the plain code says in many operations. */
import * as tf from '@tensorflow/tfjs';

/** Most nodes of a graph that the operations take, as the engine of lib/native does. */
export const MOST_NODES = 64;

/** Values of an operation's attributes by name; an integer is written as a bigint. */
export type Attributes = Record<string, number | bigint>;

interface NodeBackend {
  binding: { TF_ATTR_INT: number; TF_ATTR_FLOAT: number };
  executeMultipleOutputs(op: string, attributes: object[], inputs: tf.Tensor[], outputs: number): tf.Tensor[];
}

/** Runs an operation of `lib/native` and returns its outputs. Throws TensorFlow's error for shapes that do not fit. */
export function runNativeOp(op: string, attributes: Attributes, inputs: tf.Tensor[], outputs: number): tf.Tensor[] {
  const backend = tf.backend() as unknown as NodeBackend;
  const { TF_ATTR_INT, TF_ATTR_FLOAT } = backend.binding;
  const list = Object.entries(attributes).map(([name, value]) =>
    typeof value === 'bigint'
      ? { name, type: TF_ATTR_INT, value: Number(value) }
      : { name, type: TF_ATTR_FLOAT, value },
  );
  return backend.executeMultipleOutputs(op, list, inputs, outputs);
}
