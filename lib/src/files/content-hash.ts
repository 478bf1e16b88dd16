import { createHash } from 'node:crypto';

const DIGITS = 16; // 64 bits: tables are told apart, not protected

/** A short name of contents: equal for equal bytes, different for what differs anywhere. */
export function contentHash(...parts: readonly (string | NodeJS.TypedArray)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    // The length first, so that no two lists of parts run together into the same bytes.
    hash.update(`${typeof part === 'string' ? part.length : part.byteLength}:`);
    hash.update(part);
  }
  return hash.digest('hex').slice(0, DIGITS);
}
