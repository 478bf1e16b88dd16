/** Zero-cost scores that take a gradient of the loss at fresh weights (protocol §6.5, `SamsungLabs/zero-cost-nas`). */
import { isWeight, type Engine } from '../convnet/engine';
import { type Network } from '../convnet/network';

/** Scores of a network before any training; all sum over the weights of convolutions and dense layer. */
export interface GradientScores {
  /** The sum over layers of the Euclidean norm of the loss's gradient g. */
  gradNorm: number;
  /** The sum of |θ · g|. */
  snip: number;
  /** The sum of −θ · Hg, H the Hessian of the loss. */
  grasp: number;
}

/** Length of the step to each side, relative to the weights' own length, that H g is a difference quotient over. */
const HESSIAN_STEP = 1e-3;

/**
 * The scores of the engine's network at its present parameters, on one batch. H g is the difference of the gradients a
 * little further along g and a little back, so `grasp` is exact to a few per cent only. Moving statistics stay as they are.
 *
 * @param images `[batch, size, size, 3]`
 * @param targets `[batch, classes]`
 */
export function gradientScores(engine: Engine, images: Float32Array, targets: Float32Array): GradientScores {
  const { network, parameters } = engine;
  const weights = weightRanges(network);
  const { gradient } = engine.gradient(images, targets);

  let gradNorm = 0;
  let snip = 0;
  let gradientSquares = 0;
  let weightSquares = 0;
  for (const [start, end] of weights) {
    let squares = 0;
    for (let i = start; i < end; i++) {
      squares += gradient[i]! ** 2;
      weightSquares += parameters[i]! ** 2;
      snip += Math.abs(parameters[i]! * gradient[i]!);
    }
    gradNorm += Math.sqrt(squares);
    gradientSquares += squares;
  }
  if (gradientSquares === 0) return { gradNorm, snip, grasp: 0 };

  const factor = HESSIAN_STEP * Math.sqrt(weightSquares / gradientSquares);
  const original = parameters.slice();
  const gradientAt = (sign: number): Float32Array => {
    for (const [start, end] of weights) {
      for (let i = start; i < end; i++) parameters[i] = original[i]! + sign * factor * gradient[i]!;
    }
    return engine.gradient(images, targets).gradient;
  };
  const ahead = gradientAt(1);
  const behind = gradientAt(-1);
  parameters.set(original);
  let grasp = 0;
  for (const [start, end] of weights) {
    for (let i = start; i < end; i++) grasp -= (original[i]! * (ahead[i]! - behind[i]!)) / (2 * factor);
  }
  return { gradNorm, snip, grasp };
}

/** Where the weights of convolutions and dense layer lie among the parameters: from, to. */
function weightRanges(network: Network): [number, number][] {
  return network.parameters
    .filter(({ kind }) => isWeight(kind))
    .map(({ shape, offset }) => [offset, offset + shape.reduce((a, b) => a * b, 1)]);
}
