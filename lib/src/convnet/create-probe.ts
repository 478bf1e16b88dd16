import { hasNativeEngine } from './native-engine';
import { nativeProbe } from './native-probe';
import { type CreateProbe } from './probe';

/** The native probe where it was built, which needs no TensorFlow; else TensorFlow's operations, with a backend ready. */
export async function loadProbe(): Promise<CreateProbe> {
  if (hasNativeEngine()) return nativeProbe;
  await (await import('../tensors/backend')).useBackend();
  return (await import('./plain-probe')).plainProbe;
}
