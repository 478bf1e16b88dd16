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

/** What a sum adds up: a map, or its convolution, its batch norm, both in this order, or its 3×3 average pool. */
export interface Term {
  input: number;
  convolution?: Convolution;
  norm?: Norm;
  /** 3×3 means of stride 1 that do not count what lies outside the image; with neither of the others. */
  pool?: true;
}

/** One step of a network; `input` and `output` are positions in `Network.maps`. */
export type Layer =
  | { kind: 'relu'; input: number; output: number }
  | { kind: 'halve'; input: number; output: number } // means of 2×2 blocks
  | { kind: 'sum'; terms: readonly Term[]; output: number }; // no terms: zeros

/** One tensor of parameters, at `offset` in the flat array of all of them. */
export interface Parameter {
  kind: 'convolution' | 'gamma' | 'beta' | 'dense' | 'bias';
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
 * Multiply-accumulates for one image: convolutions, the dense layer and its biases; batch norm, pooling and ReLU are free
 * (protocol §1.3). Layers that lead nowhere count too.
 */
export function countMacs(network: Network): number {
  let macs = network.maps[network.features]!.channels * network.classes + network.classes;
  for (const layer of network.layers) {
    if (layer.kind !== 'sum') continue;
    const { size, channels } = network.maps[layer.output]!;
    for (const { input, convolution } of layer.terms) {
      if (convolution) macs += convolution.kernel ** 2 * network.maps[input]!.channels * channels * size ** 2;
    }
  }
  return macs;
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
    for (const input of layer.kind === 'sum' ? layer.terms.map((term) => term.input) : [layer.input]) needed.add(input);
  }
  return live.reverse();
}

/** The parameters that the logits depend on; the others, of edges that lead nowhere, have no gradient. */
export function liveParameters(network: Network): Parameter[] {
  const offsets = new Set([network.dense.weights, network.dense.bias]);
  for (const layer of liveLayers(network)) {
    for (const { convolution, norm } of layer.kind === 'sum' ? layer.terms : []) {
      if (convolution) offsets.add(convolution.weights);
      if (norm) offsets.add(norm.gamma).add(norm.beta);
    }
  }
  return network.parameters.filter(({ offset }) => offsets.has(offset));
}
