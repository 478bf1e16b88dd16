import { hasNativeEngine, networkAddon } from '../convnet/native-engine';
import { provenance } from '../files/provenance';

/** What measures networks here, on one thread each (see `provenance`). */
export function engineProvenance(): string {
  return provenance(hasNativeEngine() ? networkAddon().instructions : "TensorFlow's operations", 1);
}
