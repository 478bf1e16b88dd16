/** R predictors with their weights: they predict, and take training steps, side by side. */
import * as tf from '@tensorflow/tfjs';
import type { GraphEncoding } from '../benchmarks/search-space';
import { Adam } from '../tensors/adam';
import type { Pass } from './layer';
import { buildNetwork, type Network } from './network';
import type { Predictor } from './predictor';
import type { PredictorOptions } from './predictor-options';
import { StackState, type Affine } from './stack-state';

/** Cells of all repeats that are predicted at once: large enough to hide the cost of a call, small enough for a cache. */
const CHUNK = 1024;

/** One training batch: B cells of each repeat. */
export interface Batch {
  /** Cells by position, `[R · B]`. */
  positions: Int32Array;
  /** Accuracies as fractions, `[R · B]`. */
  labels: Float32Array;
  /** `[R · B · codeEntries]`; empty for the naive predictor. */
  codes: Float32Array;
}

/** Loss of each cell, `[R, B]`, from predictions and labels as fractions. */
export type CellLoss = (prediction: tf.Tensor, label: tf.Tensor) => tf.Tensor;

/** A stack of predictors that can be trained. Dispose of it when done: its weights live outside of any tidy. */
export class PredictorStack implements Predictor {
  readonly codeEntries: number;
  /** What the predictor is made of. */
  readonly network: Network;
  /** Its weights and moving statistics. */
  readonly state: StackState;
  private readonly cells: tf.Tensor2D; // [count, n·F], one-hot
  private readonly adjacency: tf.Tensor3D; // [1 or count, n, n]
  private adam = new Adam();

  /**
   * @param seeds one a repeat; the same seed gives the same initial weights
   */
  constructor(
    readonly options: PredictorOptions,
    private readonly graphs: GraphEncoding,
    readonly seeds: readonly number[],
  ) {
    if (seeds.length === 0) throw new Error('a stack of predictors needs at least one seed');
    this.network = buildNetwork(options, graphs.nodes, graphs.features);
    this.codeEntries = this.network.fine ? options.codeEntries : 0;
    this.state = new StackState(this.network, seeds);
    this.cells = tf.keep(oneHot(graphs));
    const { nodes, adjacency } = graphs;
    this.adjacency = tf.keep(tf.tensor3d(adjacency, [adjacency.length / nodes ** 2, nodes, nodes]));
  }

  predictCoarse(positions: readonly Int32Array[]): Float32Array[] {
    return this.predict(positions, (pass, nodes) => this.network.coarse(pass, nodes).prediction);
  }

  predictFine(positions: readonly Int32Array[], codes: readonly Float32Array[]): Float32Array[] {
    const { coarse, fine } = this.network;
    if (!fine) throw new Error('the naive predictor has no estimation branch: ask it for coarse predictions');
    return this.predict(positions, (pass, nodes, from) => {
      const k = this.codeEntries;
      const chunk = concat(codes.map((row) => row.subarray(from * k, (from + pass.batch) * k)));
      return fine(pass, coarse(pass, nodes).features, tf.tensor3d(chunk, [pass.repeats, pass.batch, k]));
    });
  }

  /** Starts a new Adam: moments and step count zero (protocol §3.3). */
  restartOptimiser(): void {
    this.adam.dispose();
    this.adam = new Adam();
  }

  /**
   * One step of Adam on the sum over both branches of the batch's mean loss (protocol §3.1), for each repeat by itself.
   *
   * @returns the loss of each repeat, `[R]`, owned by the caller; reading it waits for the step
   */
  step(batch: Batch, loss: CellLoss, learningRate: number): tf.Tensor1D {
    return tf.tidy(() => {
      const statistics = new Map<string, { mean: tf.Tensor; variance: tf.Tensor }>();
      const trained = this.network.parameters.filter(({ cancels }) => !cancels).map(({ name }) => name);
      const weights = trained.map((name) => this.state.weights.get(name)!);
      let losses!: tf.Tensor1D;
      const total = (...values: tf.Tensor[]): tf.Scalar => {
        const byName = new Map(trained.map((name, i) => [name, values[i]!]));
        const { pass, nodes } = this.pass(batch.positions, {
          training: true,
          weight: (name) => byName.get(name) ?? this.state.weights.get(name)!,
          observe: (name, mean, variance) => statistics.set(name, { mean, variance }),
        });
        losses = tf.keep(this.lossOf(pass, nodes, batch, loss));
        return tf.sum(losses);
      };
      const { grads } = tf.valueAndGrads(total)(weights);
      const updated = this.adam.update(weights, grads, learningRate);
      trained.forEach((name, i) => this.state.replace(name, updated[i]!));
      this.state.observe(statistics);
      return losses;
    });
  }

  /** Gives the memory of all weights back; nothing else may be called afterwards. */
  dispose(): void {
    this.adam.dispose();
    this.state.dispose();
    tf.dispose([this.cells, this.adjacency]);
  }

  private lossOf(pass: Pass, nodes: tf.Tensor3D, batch: Batch, loss: CellLoss): tf.Tensor1D {
    const { coarse, fine } = this.network;
    const shape: [number, number] = [pass.repeats, pass.batch];
    const labels = tf.tensor2d(batch.labels, shape);
    const { features, prediction } = coarse(pass, nodes);
    const basic = tf.mean(loss(prediction, labels), 1);
    if (!fine) return basic as tf.Tensor1D;
    const codes = tf.tensor3d(batch.codes, [...shape, this.codeEntries]);
    return tf.add(basic, tf.mean(loss(fine(pass, features, codes), labels), 1));
  }

  private predict(
    positions: readonly Int32Array[],
    head: (pass: Pass, nodes: tf.Tensor3D, from: number) => tf.Tensor2D,
  ): Float32Array[] {
    const count = positions[0]?.length ?? 0;
    if (positions.length !== this.seeds.length || positions.some((row) => row.length !== count)) {
      throw new Error(`expected equally many cells for each of ${this.seeds.length} repeats`);
    }
    const predictions = positions.map(() => new Float32Array(count));
    const size = Math.max(1, Math.floor(CHUNK / this.seeds.length));
    tf.tidy(() => {
      const affine = new Map<string, Affine>();
      for (const { name } of this.network.batchNorms) affine.set(name, this.state.affine(name));
      for (let from = 0; from < count; from += size) {
        const chunk = positions.map((row) => row.subarray(from, from + size));
        const values = tf.tidy(() => {
          const { pass, nodes } = this.pass(concat(chunk), {
            training: false,
            weight: (name) => this.state.weights.get(name)!,
            affine: (name) => affine.get(name)!,
          });
          return head(pass, nodes, from).dataSync();
        });
        const batch = chunk[0]!.length;
        predictions.forEach((row, r) => {
          for (let i = 0; i < batch; i++) row[from + i] = 100 * values[r * batch + i]!;
        });
      }
    });
    return predictions;
  }

  /** The pass of a batch `[R · B]` and its nodes `[R, B·n, F]`. */
  private pass(
    positions: Int32Array,
    given: Pick<Pass, 'training' | 'weight'> & Partial<Pass>,
  ): { pass: Pass; nodes: tf.Tensor3D } {
    const { nodes, features } = this.graphs;
    const repeats = this.seeds.length;
    const batch = positions.length / repeats;
    const ids = tf.tensor1d(positions, 'int32');
    const pass: Pass = {
      repeats,
      batch,
      nodes,
      adjacency: this.adjacency.shape[0] === 1 ? this.adjacency : tf.gather(this.adjacency, ids),
      observe: () => undefined,
      affine: () => {
        throw new Error('moving statistics are not used while training');
      },
      ...given,
    };
    return { pass, nodes: tf.reshape(tf.gather(this.cells, ids), [repeats, batch * nodes, features]) };
  }
}

function oneHot({ count, nodes, features, hot }: GraphEncoding): tf.Tensor2D {
  const values = new Float32Array(count * nodes * features);
  hot.forEach((column, i) => (values[i * features + column] = 1));
  return tf.tensor2d(values, [count, nodes * features]);
}

function concat<T extends Int32Array | Float32Array>(parts: readonly T[]): T {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new (parts[0]!.constructor as new (length: number) => T)(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
