import { weightRanges } from './engine';
import { type Network } from './network';

/**
 * How much longer and shorter the weights become for the difference quotient that stands for the Hessian's product with
 * them. Where a norm follows, the weights' length does not matter to it, so that a long step leaves the quotient's error
 * small. With the states of all ReLUs held fixed, on three networks of NAS-Bench-201, grasp is off by 6·10⁻⁵, 3·10⁻⁴ and
 * 7·10⁻³ of its size from what differentiation gives in double precision; the last is where differentiation in single
 * precision is off by 3·10⁻².
 */
const STEP = 3e-3;

/**
 * The Hessian times the weights of convolutions and dense layer (see `Observation.hessianWeights`).
 *
 * @param parameters of the network; changed in place, and back
 * @param gradient the gradient to all parameters where they stand
 */
export function hessianWeights(network: Network, parameters: Float32Array, gradient: () => Float32Array): Float32Array {
  const original = parameters.slice();
  const ranges = weightRanges(network);
  const [longer, shorter] = [1 + STEP, 1 - STEP].map((scale) => {
    for (const [from, to] of ranges) for (let i = from; i < to; i++) parameters[i] = scale * original[i]!;
    return gradient();
  });
  parameters.set(original);
  return longer!.map((value, i) => (value - shorter![i]!) / (2 * STEP));
}
