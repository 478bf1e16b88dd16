import { type Network } from './network';

/** The same network with a dense layer to another number of classes; all other parameters stay where they are. */
export function withClasses(network: Network, classes: number): Network {
  if (classes === network.classes) return network;
  const { dense, maps, features } = network;
  const { channels } = maps[features]!;
  const others = network.parameters.filter(({ offset }) => offset !== dense.weights && offset !== dense.bias);
  // A builder makes the dense layer last.
  const bias = dense.weights + channels * classes;
  return {
    ...network,
    classes,
    dense: { weights: dense.weights, bias },
    parameters: [
      ...others,
      { kind: 'dense', shape: [channels, classes], offset: dense.weights },
      { kind: 'bias', shape: [classes], offset: bias },
    ],
    parameterCount: bias + classes,
  };
}
