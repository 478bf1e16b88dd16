/**
 * A convolutional network as data: feature maps, and layers that are sums of terms. Two engines run it
 * (`plain-engine.ts` with TensorFlow's operations, `native-engine.ts` with a library of its own), and what it costs is
 * counted on it.
 */

/** A square feature map of every image in the batch. */
export interface FeatureMap {
  /** Side in pixels. */
  size: number;
  channels: number;
}

/** A convolution without bias, weights `[kernel, kernel, in, out]`. */
export interface Convolution {
  /** Position of the weights among the parameters. */
  weights: number;
  /** Each channel has a kernel of its own: weights `[kernel, kernel, channels, 1]`. */
  depthwise?: true;
  kernel: 1 | 3;
  stride: 1 | 2;
  /**
   * Rows and columns of zeros before the image: (kernel − 1) / 2 keeps the kernel centred, as PyTorch does; TensorFlow's
   * "same" has none when it halves an even image with a kernel of 3. After the image there are as many as needed.
   */
  padding: 0 | 1;
}

/** A batch norm. */
export interface Norm {
  /** Positions of scale and shift among the parameters. */
  gamma: number;
  beta: number;
  /** Position of the moving mean among the statistics; the moving variance follows it. */
  statistics: number;
}

/** What a sum adds up: a map, or its convolution, its batch norm, its activation, in this order; or its 3×3 average pool. */
export interface Term {
  input: number;
  convolution?: Convolution;
  norm?: Norm;
  /** x · tanh(ln(1 + eˣ)) of each number (Misra, arXiv:1908.08681). */
  activation?: 'mish';
  /** 3×3 means of stride 1 that do not count what lies outside the image; with none of the others. */
  pool?: true;
}

/** One step of a network; `input` and `output` are positions in `Network.maps`. */
export type Layer =
  | { kind: 'relu'; input: number; output: number }
  | { kind: 'halve'; input: number; output: number } // means of 2×2 blocks
  | { kind: 'sum'; terms: readonly Term[]; output: number } // no terms: zeros
  | { kind: 'concatenate'; inputs: readonly number[]; output: number } // along the channels
  | { kind: 'slice'; input: number; from: number; output: number } // the channels from `from` on
  | Gate;

/**
 * Multiplies each channel of each image by a factor in 0 … 1 that comes from an attention over channel means
 * (protocol §7.2). With x the means of the image's channels, q, k and v = mish(x · weights), `hidden` numbers each:
 * factor = ReLU6(softmax(q kᵀ) v · projection + 3) / 6, the softmax along the rows of the outer product.
 */
export interface Gate {
  kind: 'gate';
  input: number;
  output: number;
  hidden: number;
  /** Positions of the weights `[1, 1, channels, hidden]`, and of the projection `[1, 1, hidden, channels]`. */
  query: number;
  key: number;
  value: number;
  projection: number;
}

/** One tensor of parameters, at `offset` in the flat array of all of them. */
export interface Parameter {
  kind: 'convolution' | 'depthwise' | 'gamma' | 'beta' | 'dense' | 'bias';
  shape: readonly number[];
  offset: number;
}

/** A network that ends in a mean over each channel of map `features` and a dense layer to the classes' logits. */
export interface Network {
  /** Map 0 is the image. */
  maps: readonly FeatureMap[];
  layers: readonly Layer[];
  features: number;
  classes: number;
  /** Positions of the dense layer's weights `[channels, classes]` and biases. */
  dense: { weights: number; bias: number };
  parameters: readonly Parameter[];
  parameterCount: number;
  /** Length of the array of moving statistics. */
  statisticsCount: number;
  /** Of all batch norms: what is added to the variance, and how much of the old statistics a step keeps. */
  norm: { epsilon: number; momentum: number };
}

/** Builds a `Network` layer by layer; the methods return the position of the map that they make. */
export class NetworkBuilder {
  private readonly maps: FeatureMap[];
  private readonly layers: Layer[] = [];
  private readonly parameters: Parameter[] = [];
  private parameterCount = 0;
  private statisticsCount = 0;

  /** @param size side of the colour images */
  constructor(size: number) {
    this.maps = [{ size, channels: 3 }];
  }

  /** Side and channels of a map. */
  shape(map: number): FeatureMap {
    return this.maps[map]!;
  }

  relu(input: number): number {
    return this.push({ kind: 'relu', input, output: this.maps.length }, this.shape(input));
  }

  /** Means of 2×2 blocks. Throws a RangeError when the side is odd. */
  halve(input: number): number {
    const { size, channels } = this.shape(input);
    if (size % 2 !== 0) throw new RangeError(`cannot halve a map of ${size} x ${size} pixels`);
    return this.push({ kind: 'halve', input, output: this.maps.length }, { size: size / 2, channels });
  }

  /** The sum of terms that all have the given shape; zeros when there are none. */
  sum(terms: readonly Term[], shape: FeatureMap): number {
    return this.push({ kind: 'sum', terms, output: this.maps.length }, shape);
  }

  /** Makes the weights of a convolution from the map's channels to `channels`. */
  convolution(input: number, channels: number, options: Omit<Convolution, 'weights'>): Convolution {
    const { kernel } = options;
    return { ...options, weights: this.add('convolution', [kernel, kernel, this.shape(input).channels, channels]) };
  }

  /** Makes the weights of a 3×3 convolution that keeps channels apart and the size as it is. */
  depthwise(input: number): Convolution {
    const weights = this.add('depthwise', [3, 3, this.shape(input).channels, 1]);
    return { weights, kernel: 3, stride: 1, padding: 1, depthwise: true };
  }

  /** The channels of maps of one size, one map after the other. A single map is its own concatenation. */
  concatenate(inputs: readonly number[]): number {
    if (inputs.length === 1) return inputs[0]!;
    const shapes = inputs.map((input) => this.shape(input));
    const channels = shapes.reduce((sum, shape) => sum + shape.channels, 0);
    return this.push({ kind: 'concatenate', inputs, output: this.maps.length }, { ...shapes[0]!, channels });
  }

  /** Channels `from` … `from + channels − 1` of a map. */
  slice(input: number, from: number, channels: number): number {
    const { size } = this.shape(input);
    return this.push({ kind: 'slice', input, from, output: this.maps.length }, { size, channels });
  }

  /** A gate of `hidden` numbers. */
  gate(input: number, hidden: number): number {
    const shape = this.shape(input);
    const inward = [1, 1, shape.channels, hidden];
    const query = this.add('convolution', inward);
    const key = this.add('convolution', inward);
    const value = this.add('convolution', inward);
    const projection = this.add('convolution', [1, 1, hidden, shape.channels]);
    const output = this.maps.length;
    return this.push({ kind: 'gate', input, output, hidden, query, key, value, projection }, shape);
  }

  /** Makes scale, shift and statistics of a batch norm. */
  norm(channels: number): Norm {
    const statistics = this.statisticsCount;
    this.statisticsCount += 2 * channels;
    return { gamma: this.add('gamma', [channels]), beta: this.add('beta', [channels]), statistics };
  }

  /** Ends the network with the mean over the channels of `features` and a dense layer. */
  build(features: number, classes: number, norm: Network['norm']): Network {
    const { channels } = this.shape(features);
    const dense = { weights: this.add('dense', [channels, classes]), bias: this.add('bias', [classes]) };
    const { maps, layers, parameters, parameterCount, statisticsCount } = this;
    return { maps, layers, features, classes, dense, parameters, parameterCount, statisticsCount, norm };
  }

  private push(layer: Layer, shape: FeatureMap): number {
    this.layers.push(layer);
    return this.maps.push({ ...shape }) - 1;
  }

  private add(kind: Parameter['kind'], shape: readonly number[]): number {
    const offset = this.parameterCount;
    this.parameters.push({ kind, shape, offset });
    this.parameterCount += shape.reduce((a, b) => a * b, 1);
    return offset;
  }
}

/**
 * Multiply-accumulates for one image: convolutions, also those of gates, and the dense layer; batch norm, pooling,
 * activations and the products of an attention are free (protocol §1.3, §7.2). Layers that lead nowhere count too.
 *
 * @param biases whether the biases of the dense layer count, as NAS-Bench-201 has it and Tiny-NanoBench has not
 */
export function countMacs(network: Network, biases = true): number {
  let macs = network.maps[network.features]!.channels * network.classes + (biases ? network.classes : 0);
  for (const layer of network.layers) {
    const { size, channels } = network.maps[layer.output]!;
    if (layer.kind === 'gate') macs += 4 * channels * layer.hidden;
    if (layer.kind !== 'sum') continue;
    for (const { input, convolution } of layer.terms) {
      if (!convolution) continue;
      const inputs = convolution.depthwise ? 1 : network.maps[input]!.channels;
      macs += convolution.kernel ** 2 * inputs * channels * size ** 2;
    }
  }
  return macs;
}

/** The maps that a layer reads. */
export function inputsOf(layer: Layer): readonly number[] {
  if (layer.kind === 'sum') return layer.terms.map(({ input }) => input);
  return layer.kind === 'concatenate' ? layer.inputs : [layer.input];
}

/**
 * The layers that the logits depend on, in order: what a step has to compute. A sum that is left out had no way to the
 * output; a sum keeps all of its terms.
 */
export function liveLayers(network: Network): Layer[] {
  const needed = new Set([network.features]);
  const live: Layer[] = [];
  for (const layer of [...network.layers].reverse()) {
    if (!needed.has(layer.output)) continue;
    live.push(layer);
    for (const input of inputsOf(layer)) needed.add(input);
  }
  return live.reverse();
}

/** The parameters that the logits depend on; the others, of edges that lead nowhere, have no gradient. */
export function liveParameters(network: Network): Parameter[] {
  const offsets = new Set([network.dense.weights, network.dense.bias]);
  for (const layer of liveLayers(network)) {
    if (layer.kind === 'gate') offsets.add(layer.query).add(layer.key).add(layer.value).add(layer.projection);
    for (const { convolution, norm } of layer.kind === 'sum' ? layer.terms : []) {
      if (convolution) offsets.add(convolution.weights);
      if (norm) offsets.add(norm.gamma).add(norm.beta);
    }
  }
  return network.parameters.filter(({ offset }) => offsets.has(offset));
}
