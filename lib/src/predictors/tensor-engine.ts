/** Stacks of predictors in TensorFlow's operations: any network, all repeats side by side along the first axis. */
import * as tf from '@tensorflow/tfjs';
import type { GraphEncoding } from '../benchmarks/search-space';
import { Adam } from '../tensors/adam';
import { cellLosses } from './cell-losses';
import { joined } from './joined';
import type { Pass } from './layer';
import type { Network } from './network';
import type { Batches, LossName } from './predictor';
import type { StackEngine } from './stack-engine';
import type { StateLayout } from './state-layout';
import { TensorState, type Affine } from './tensor-state';

/** Cells of all repeats that are predicted at once: large enough to hide the cost of a call, small enough for a cache. */
const CHUNK = 1024;

/** One batch: B cells of each repeat, `[R · B]`. */
type Batch = Omit<Batches, 'steps'>;

/** A forward and backward pass; all tensors are the caller's. */
interface Gradients {
  losses: tf.Tensor1D; // [R]
  trained: string[];
  gradients: tf.Tensor[]; // of the trained weights
  statistics: Map<string, { mean: tf.Tensor; variance: tf.Tensor }>;
}

/** The engine for everything that is made of layers; its tensors live outside of any tidy until `dispose`. */
export class TensorEngine implements StackEngine {
  private readonly state: TensorState;
  private readonly shared: tf.Tensor3D | undefined; // adjacency [1, n, n] of all cells
  private adam = new Adam();

  /**
   * @param masked whether padded nodes take part in nothing
   * @param state `[R · layout.size]`
   */
  constructor(
    private readonly network: Network,
    private readonly layout: StateLayout,
    private readonly graphs: GraphEncoding,
    private readonly masked: boolean,
    private readonly repeats: number,
    state: Float32Array,
  ) {
    this.state = new TensorState(network, layout, state);
    const { nodes, adjacency } = graphs;
    if (adjacency.length === nodes ** 2)
      this.shared = tf.keep(tf.tensor3d(Float32Array.from(adjacency), [1, nodes, nodes]));
  }

  readState(): Float32Array {
    return this.state.read();
  }

  writeState(state: Float32Array): void {
    this.state.write(state);
  }

  restartOptimiser(): void {
    this.adam.dispose();
    this.adam = new Adam();
  }

  train(batches: Batches, loss: LossName, learningRate: number): Float32Array {
    const steps = batches.steps ?? 1;
    let losses = new Float32Array();
    for (let step = 0; step < steps; step++) {
      const last = this.step(this.batchOf(batches, step, steps), loss, learningRate);
      if (step === steps - 1) losses = last.dataSync<'float32'>().slice();
      last.dispose();
    }
    return losses;
  }

  gradient(batch: Batches, loss: LossName): Float32Array {
    const { entries, parameters } = this.layout;
    const values = new Float32Array(this.repeats * parameters);
    tf.tidy(() => {
      const { trained, gradients, losses, statistics } = this.gradients(batch, loss);
      tf.dispose([losses, ...[...statistics.values()].flatMap(({ mean, variance }) => [mean, variance])]);
      trained.forEach((name, i) => {
        const { start, size } = entries.get(name)!;
        const of = gradients[i]!.dataSync<'float32'>();
        for (let r = 0; r < this.repeats; r++)
          values.set(of.subarray(r * size, (r + 1) * size), r * parameters + start);
      });
    });
    return values;
  }

  predict(positions: readonly Int32Array[], codes?: readonly Float32Array[]): Float32Array[] {
    const { coarse, fine } = this.network;
    const count = positions[0]!.length;
    const predictions = positions.map(() => new Float32Array(count));
    const size = Math.max(1, Math.floor(CHUNK / this.repeats));
    tf.tidy(() => {
      const affine = new Map<string, Affine>();
      for (const { name } of this.network.batchNorms) affine.set(name, this.state.affine(name));
      for (let from = 0; from < count; from += size) {
        const chunk = positions.map((row) => row.subarray(from, from + size));
        const batch = chunk[0]!.length;
        const values = tf.tidy(() => {
          const { pass, nodes } = this.pass(joined(chunk), {
            training: false,
            weight: (name) => this.state.weights.get(name)!,
            affine: (name) => affine.get(name)!,
          });
          const { features, prediction } = coarse(pass, nodes);
          if (!codes) return prediction.dataSync();
          const k = codes[0]!.length / count;
          const given = joined(codes.map((row) => row.subarray(from * k, (from + batch) * k)));
          return fine!(pass, features, tf.tensor3d(given, [this.repeats, batch, k])).dataSync();
        });
        predictions.forEach((row, r) => {
          for (let i = 0; i < batch; i++) row[from + i] = 100 * values[r * batch + i]!;
        });
      }
    });
    return predictions;
  }

  dispose(): void {
    this.adam.dispose();
    this.state.dispose();
    tf.dispose(this.shared);
  }

  /** Step s of S as a batch of its own. */
  private batchOf(batches: Batches, step: number, steps: number): Batch {
    if (steps === 1) return batches;
    const pick = <T extends Int32Array | Float32Array>(all: T): T => {
      const size = all.length / (this.repeats * steps);
      const part = (r: number): T => all.subarray((r * steps + step) * size, (r * steps + step + 1) * size) as T;
      return joined(Array.from({ length: this.repeats }, (_, r) => part(r)));
    };
    return { positions: pick(batches.positions), labels: pick(batches.labels), codes: pick(batches.codes) };
  }

  /** One step; the loss of each repeat is the caller's. */
  private step(batch: Batch, loss: LossName, learningRate: number): tf.Tensor1D {
    return tf.tidy(() => {
      const { losses, trained, gradients, statistics } = this.gradients(batch, loss);
      const weights = trained.map((name) => this.state.weights.get(name)!);
      const updated = this.adam.update(weights, gradients, learningRate);
      trained.forEach((name, i) => this.state.replace(name, updated[i]!));
      this.state.observe(statistics);
      return losses;
    });
  }

  private gradients(batch: Batch, loss: LossName): Gradients {
    const statistics: Gradients['statistics'] = new Map();
    const trained = this.network.parameters.filter(({ cancels }) => !cancels).map(({ name }) => name);
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
    const { grads } = tf.valueAndGrads(total)(trained.map((name) => this.state.weights.get(name)!));
    return { losses, trained, gradients: grads, statistics };
  }

  /** The sum over both branches of the batch's mean loss (protocol §3.1), `[R]`. */
  private lossOf(pass: Pass, nodes: tf.Tensor3D, batch: Batch, name: LossName): tf.Tensor1D {
    const loss = cellLosses[name];
    const { coarse, fine } = this.network;
    const shape: [number, number] = [pass.repeats, pass.batch];
    const labels = tf.tensor2d(batch.labels, shape);
    const { features, prediction } = coarse(pass, nodes);
    const basic = tf.mean(loss(prediction, labels), 1);
    if (!fine) return basic as tf.Tensor1D;
    const codes = tf.tensor3d(batch.codes, [...shape, batch.codes.length / batch.labels.length]);
    return tf.add(basic, tf.mean(loss(fine(pass, features, codes), labels), 1));
  }

  /** The pass of a batch `[R · B]` and its nodes `[R, B·n, F]`: one-hot vectors and matrices are made for it alone. */
  private pass(
    positions: Int32Array,
    given: Pick<Pass, 'training' | 'weight'> & Partial<Pass>,
  ): { pass: Pass; nodes: tf.Tensor3D } {
    const { nodes, features, hot, adjacency, sizes } = this.graphs;
    const batch = positions.length / this.repeats;
    const oneHot = new Float32Array(positions.length * nodes * features);
    const edges = new Float32Array(this.shared ? 0 : positions.length * nodes ** 2);
    const real = new Float32Array(this.masked && sizes ? positions.length * nodes : 0);
    positions.forEach((cell, i) => {
      if (!(cell >= 0 && cell < this.graphs.count)) throw new RangeError('the space has no cell of this position');
      for (let node = 0; node < nodes; node++) oneHot[(i * nodes + node) * features + hot[cell * nodes + node]!] = 1;
      if (edges.length) edges.set(adjacency.subarray(cell * nodes ** 2, (cell + 1) * nodes ** 2), i * nodes ** 2);
      if (real.length) real.fill(1, i * nodes, i * nodes + sizes![cell]!);
    });
    const pass: Pass = {
      repeats: this.repeats,
      batch,
      nodes,
      adjacency: this.shared ?? tf.tensor3d(edges, [positions.length, nodes, nodes]),
      mask: real.length ? tf.tensor3d(real, [this.repeats, batch * nodes, 1]) : undefined,
      observe: () => undefined,
      affine: () => {
        throw new Error('moving statistics are not used while training');
      },
      ...given,
    };
    return { pass, nodes: tf.tensor3d(oneHot, [this.repeats, batch * nodes, features]) };
  }
}
