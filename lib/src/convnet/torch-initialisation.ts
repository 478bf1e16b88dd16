import { type Random } from '../tensors/random';
import { initialParameters, type WeightLimit } from './engine';
import { type Network } from './network';

/**
 * PyTorch's default initialisation of convolutions and dense layers, with which the published zero-cost scores were
 * measured: uniform in ±1 / √fan in (`reset_parameters` of `torch.nn.Conv2d` and `torch.nn.Linear`).
 */
export const torchUniform: WeightLimit = (fanIn, fanOut, kind) =>
  // To PyTorch a channel of a depthwise convolution is reached by its own taps alone, which are those that it reaches.
  1 / Math.sqrt(kind === 'depthwise' ? fanOut : fanIn);

/** Fresh parameters as PyTorch makes them, the biases of the dense layer too. */
export function torchParameters(network: Network, random: Random): Float32Array {
  const parameters = initialParameters(network, random, torchUniform);
  const { classes, dense, maps, features } = network;
  const limit = 1 / Math.sqrt(maps[features]!.channels);
  for (let i = 0; i < classes; i++) parameters[dense.bias + i] = limit * (2 * random.uniform() - 1);
  return parameters;
}
