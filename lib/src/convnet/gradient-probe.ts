import { type CreateEngine } from './create-engine';
import { initialStatistics } from './engine';
import { hessianWeights } from './hessian-weights';
import { type Network } from './network';
import { type Probe } from './probe';

/**
 * A probe that sees gradients only, of whatever networks an engine runs. For networks without ReLUs: its Hessian products
 * are difference quotients, which kinks would spoil.
 */
export function gradientProbe(
  createEngine: CreateEngine,
  network: Network,
  batch: number,
  parameters: Float32Array,
): Probe {
  const engine = createEngine(network, batch, parameters, initialStatistics(network));
  return {
    network,
    batch,
    parameters,
    observe(images, targets) {
      const { loss, gradient } = engine.gradient(images, targets);
      const curved = hessianWeights(network, parameters, () => engine.gradient(images, targets).gradient);
      return { loss, gradient, hessianWeights: curved };
    },
    dispose: () => engine.dispose(),
  };
}
