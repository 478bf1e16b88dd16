import { loadEngine } from './create-engine';
import { gradientProbe } from './gradient-probe';
import { hasNativeEngine } from './native-engine';
import { nativeProbe } from './native-probe';
import { type CreateProbe } from './probe';

/**
 * The native probe where it was built, which needs no TensorFlow; else TensorFlow's operations, with a backend ready. Of
 * networks without ReLUs, gradients only.
 */
export async function loadProbe(): Promise<CreateProbe> {
  const createEngine = await loadEngine();
  const unitProbe = hasNativeEngine() ? nativeProbe : (await import('./plain-probe')).plainProbe;
  return (network, batch, parameters) =>
    network.layers.some(({ kind }) => kind === 'relu')
      ? unitProbe(network, batch, parameters)
      : gradientProbe(createEngine, network, batch, parameters);
}
