import { hasNativeEngine, nativeInstructions } from '../convnet/native-engine';
import { type Network } from '../convnet/network';
import { provenance } from '../files/provenance';

/** What measures networks here, on one thread each (see `provenance`). */
export function measuredBy(networks: readonly Network[]): string {
  const sets = hasNativeEngine() ? networks.map(nativeInstructions) : ["TensorFlow's operations"];
  return provenance([...new Set(sets)].join(' / '), 1);
}
