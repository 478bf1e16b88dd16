import { buildNetwork } from './network';
import type { PredictorOptions } from './predictor-options';

/**
 * Trainable parameters of a predictor by layer: `basic1`, `nsam.query`, `efm.dense`, … (protocol §2.7).
 *
 * @param nodes of a graph, n
 * @param features of a node, F
 */
export function parametersByLayer(options: PredictorOptions, nodes: number, features: number): Map<string, number> {
  const layers = new Map<string, number>();
  for (const { name, shape } of buildNetwork(options, nodes, features).parameters) {
    const layer = name.slice(0, name.lastIndexOf('.'));
    const count = shape.reduce((product, size) => product * size, 1);
    layers.set(layer, (layers.get(layer) ?? 0) + count);
  }
  return layers;
}
