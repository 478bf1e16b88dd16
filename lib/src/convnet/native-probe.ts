import { initialStatistics } from './engine';
import { hessianWeights } from './hessian-weights';
import { createNetwork, networkAddon } from './native-engine';
import { type Network } from './network';
import { pixelPlan } from './pixel-plan';
import { watchedLayers, type Probe } from './probe';

/**
 * A probe that works on one core, of networks of ReLUs, pools, norms and full convolutions.
 *
 * @throws Error when the native library was not built, or has not what the network needs
 */
export function nativeProbe(network: Network, batch: number, parameters: Float32Array): Probe {
  const addon = networkAddon();
  const handle = createNetwork(network, pixelPlan(network, batch, false), parameters, initialStatistics(network));
  const layers = watchedLayers(network);
  return {
    network,
    batch,
    parameters,
    observe(images, targets) {
      const gradient = new Float32Array(network.parameterCount);
      const agreements = new Float64Array(batch ** 2);
      const all = new Float32Array(batch * layers.reduce((sum, { channels }) => sum + channels, 0));
      const imageGradient = new Float32Array(images.length);
      const loss = addon.observe(handle, images, targets, gradient, all, agreements, imageGradient);
      let at = 0;
      const products = layers.map(({ channels }) => all.subarray(at, (at += batch * channels)));
      addon.freeze(handle);
      const curved = hessianWeights(network, parameters, () => {
        const moved = new Float32Array(network.parameterCount);
        addon.gradient(handle, images, targets, moved);
        return moved;
      });
      addon.thaw(handle);
      return { loss, gradient, hessianWeights: curved, units: { products, agreements, imageGradient } };
    },
    dispose: () => addon.dispose(handle),
  };
}
