import { sourceVersion, type SourceVersion } from '../files/source-version';
import { currentBackend } from '../tensors/backend';

/** What computed a run; `unknown` stands where a record is older than a field. */
export interface Versions extends SourceVersion {
  /** Engine, version and device. */
  backend: string;
  /** Instruction set of lib/native's predictor engine; absent where that is not used. */
  instructions?: string;
  node: string;
  /** Threads of the engine; 0 where it was left to choose. */
  threads: number;
}

/** Versions of what computes in this process; `useBackend` comes first. */
export function versions(threads: number): Versions {
  const { description, instructions } = currentBackend();
  return { ...sourceVersion(), backend: description, instructions, node: process.version, threads };
}
