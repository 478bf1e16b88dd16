import { liveLayers, type Network } from './network';

/**
 * What can be seen of a network on one batch besides what training needs; batch norms use the batch, and parameters stay
 * as they are. Images are `[batch, size, size, 3]`, targets `[batch, classes]`.
 */
export interface Probe {
  readonly network: Network;
  readonly batch: number;
  readonly parameters: Float32Array;
  /** What a few passes there and back show. */
  observe(images: Float32Array, targets: Float32Array): Observation;
  /** Gives its memory back; nothing else may be called afterwards. */
  dispose(): void;
}

/** What a probe observes. */
export interface Observation {
  /** Mean cross-entropy, and its gradient to all parameters. */
  loss: number;
  gradient: Float32Array;
  /**
   * The Hessian of the mean cross-entropy over all parameters, times the weights of convolutions and dense layer (zeros
   * for the other parameters). A ReLU counts as linear where it is, as automatic differentiation has it: what its kink
   * adds to the curvature is left out.
   */
  hessianWeights: Float32Array;
  /** Of networks of ReLUs. */
  units?: UnitObservation;
}

/** What a probe sees of a network's single units. */
export interface UnitObservation {
  /**
   * Of each of `watchedLayers`, the sum over pixels of its output times that output's gradient, `[batch, channels]`.
   */
  products: readonly Float32Array[];
  /**
   * Of two images each, how many units before a ReLU are active for both or for none, `[batch, batch]`; a unit counts
   * once for each convolution that reads it, as in implementations that give each convolution a ReLU of its own, and once
   * for the end of the network.
   */
  agreements: Float64Array;
  /** The gradient of the sum of all logits to the images, of their shape. */
  imageGradient: Float32Array;
}

/** Makes a probe of a network at these parameters. */
export type CreateProbe = (network: Network, batch: number, parameters: Float32Array) => Probe;

/** A convolution or the dense layer. */
export interface WatchedLayer {
  channels: number;
  /** Weights that make one of its channels. */
  weightsPerChannel: number;
}

/** The convolutions that the logits depend on, in the order of the layers and their terms, and last the dense layer. */
export function watchedLayers(network: Network): WatchedLayer[] {
  const { maps, classes, features } = network;
  const convolutions = liveLayers(network).flatMap((layer) =>
    layer.kind === 'sum'
      ? layer.terms.flatMap(({ input, convolution }) =>
          convolution
            ? [
                {
                  channels: maps[layer.output]!.channels,
                  weightsPerChannel: convolution.kernel ** 2 * maps[input]!.channels,
                },
              ]
            : [],
        )
      : [],
  );
  return [...convolutions, { channels: classes, weightsPerChannel: maps[features]!.channels }];
}
