/** R predictors with their weights: they predict, and take training steps, side by side. */
import type { GraphEncoding } from '../benchmarks/search-space';
import { NativeEngine, nativeEngineTakes } from './native-engine';
import { buildNetwork, type Network } from './network';
import type { Batches, LossName, TrainablePredictor } from './predictor';
import type { PredictorOptions } from './predictor-options';
import type { StackEngine } from './stack-engine';
import { initialState, stateLayout, type StateLayout } from './state-layout';
import { TensorEngine } from './tensor-engine';

/** A stack of predictors that can be trained. Dispose of it when done: its weights live outside of any tidy. */
export class PredictorStack implements TrainablePredictor {
  readonly codeEntries: number;
  /** What the predictor is made of. Functions put in the place of its own are used, by TensorFlow's operations. */
  readonly network: Network;
  /** Where everything lies in the state of a repeat. */
  readonly layout: StateLayout;
  private engine: StackEngine;
  private readonly built: Pick<Network, 'coarse' | 'fine'>;
  private trained = false; // since the optimiser was started
  private kept: (Float32Array | undefined)[];

  /**
   * @param seeds one a repeat; the same seed gives the same initial weights
   * @param plain compute with TensorFlow's operations even where the native engine could (for tests)
   * @throws Error for graphs that contradict themselves
   */
  constructor(
    readonly options: PredictorOptions,
    private readonly graphs: GraphEncoding,
    readonly seeds: readonly number[],
    plain = false,
  ) {
    if (seeds.length === 0) throw new Error('a stack of predictors needs at least one seed');
    checkGraphs(graphs);
    this.network = buildNetwork(options, graphs.nodes, graphs.features);
    this.built = { coarse: this.network.coarse, fine: this.network.fine };
    this.codeEntries = this.network.fine ? options.codeEntries : 0;
    this.layout = stateLayout(this.network);
    this.kept = seeds.map(() => undefined);
    const state = initialState(this.network, this.layout, seeds);
    this.engine =
      !plain && nativeEngineTakes(options, graphs)
        ? new NativeEngine(options, this.network, this.layout, graphs, seeds.length, state)
        : this.tensorEngine(state);
  }

  /** What computes: the native engine of lib/native, or TensorFlow's operations, for a layer of one's own or a GPU. */
  get engineName(): 'native' | 'operations' {
    return this.engine instanceof NativeEngine ? 'native' : 'operations';
  }

  predictCoarse(positions: readonly Int32Array[]): Float32Array[] {
    return this.predict(positions);
  }

  predictFine(positions: readonly Int32Array[], codes: readonly Float32Array[]): Float32Array[] {
    if (!this.network.fine)
      throw new Error('the naive predictor has no estimation branch: ask it for coarse predictions');
    const fits = (row: Float32Array, r: number): boolean =>
      row.length === this.codeEntries * (positions[r]?.length ?? 0);
    if (codes.length !== positions.length || !codes.every(fits))
      throw new Error(`expected ${this.codeEntries} code entries for each cell of each repeat`);
    return this.predict(positions, codes);
  }

  restartOptimiser(): void {
    this.engine.restartOptimiser();
    this.trained = false;
  }

  /**
   * Steps of Adam on the sum over both branches of the batch's mean loss (protocol §3.1), for each repeat by itself.
   *
   * @throws Error when functions were put in the place of the network's own between two steps of one optimiser
   */
  train(batches: Batches, loss: LossName, learningRate: number): Float32Array {
    if (this.replaced && this.engine instanceof NativeEngine) {
      if (this.trained) throw new Error('the network changed in the middle of a training: restart the optimiser first');
      const state = this.engine.readState();
      this.engine.dispose();
      this.engine = this.tensorEngine(state);
    }
    this.trained = true;
    return this.engine.train(batches, loss, learningRate);
  }

  /** The gradient of that loss on one batch (S = 1), `[R · layout.parameters]`; 0 for what is not trained. */
  gradient(batch: Batches, loss: LossName): Float32Array {
    return this.withNetwork((engine) => engine.gradient(batch, loss));
  }

  keepWeights(repeats: readonly boolean[]): void {
    const state = this.engine.readState();
    const { size } = this.layout;
    repeats.forEach((keep, r) => {
      if (keep) this.kept[r] = state.slice(r * size, (r + 1) * size);
    });
  }

  restoreWeights(): void {
    const state = this.engine.readState();
    this.kept.forEach((kept, r) => kept && state.set(kept, r * this.layout.size));
    this.engine.writeState(state);
  }

  /** All weights and moving statistics, `[R · layout.size]`, a copy. */
  readState(): Float32Array {
    return this.engine.readState();
  }

  /** Sets all weights and moving statistics, `[R · layout.size]`. */
  writeState(state: Float32Array): void {
    this.engine.writeState(state);
  }

  /** Gives the memory of all weights back; nothing else may be called afterwards. */
  dispose(): void {
    this.engine.dispose();
    this.kept = [];
  }

  private get replaced(): boolean {
    return this.network.coarse !== this.built.coarse || this.network.fine !== this.built.fine;
  }

  private predict(positions: readonly Int32Array[], codes?: readonly Float32Array[]): Float32Array[] {
    const count = positions[0]?.length ?? 0;
    if (positions.length !== this.seeds.length || positions.some((row) => row.length !== count)) {
      throw new Error(`expected equally many cells for each of ${this.seeds.length} repeats`);
    }
    return this.withNetwork((engine) => engine.predict(positions, codes));
  }

  /** Asks an engine that has the functions of `network`, whatever stands in their place. */
  private withNetwork<Answer>(ask: (engine: StackEngine) => Answer): Answer {
    if (!this.replaced || this.engine instanceof TensorEngine) return ask(this.engine);
    const changed = this.tensorEngine(this.engine.readState());
    try {
      return ask(changed);
    } finally {
      changed.dispose();
    }
  }

  private tensorEngine(state: Float32Array): TensorEngine {
    const masked = this.options.paddedNodes === 'masked';
    return new TensorEngine(this.network, this.layout, this.graphs, masked, this.seeds.length, state);
  }
}

function checkGraphs({ count, nodes, features, hot, adjacency, sizes }: GraphEncoding): void {
  const matrix = nodes ** 2;
  if (nodes < 1) throw new Error('graphs: expected nodes');
  if (hot.length !== count * nodes || !hot.every((column) => column < features))
    throw new Error(`graphs: expected ${count} × ${nodes} hot columns below ${features}`);
  if (adjacency.length !== matrix && adjacency.length !== count * matrix)
    throw new Error(`graphs: expected one adjacency [${nodes}, ${nodes}], or one for each of ${count} cells`);
  if (sizes && (sizes.length !== count || !sizes.every((size) => size >= 1 && size <= nodes)))
    throw new Error(`graphs: expected ${count} sizes between 1 and ${nodes}`);
}
