import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from './replace-file';

/**
 * The bytes of a file that is made once and kept, checked each time they are read: what a crash, a full disk or a person
 * left under its name is told by its hash and made again. SHA-256 of 184 MB takes 0.2 s.
 *
 * @param integrity the hash as npm writes it, `sha256-` or `sha512-` and base64
 * @param make gives the bytes where the file is missing or damaged
 * @param say told in a sentence that the file is damaged
 * @throws Error when what is made is damaged too, or cannot be written; and what `make` throws
 */
export async function keptFile(
  file: string,
  integrity: string,
  make: () => Promise<Uint8Array>,
  say: (sentence: string) => void,
): Promise<Uint8Array> {
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    if (hasIntegrity(bytes, integrity)) return bytes;
    say(`${file} is damaged (${bytes.length} bytes with another hash than it should have): it is made again`);
  }
  const bytes = await make();
  if (!hasIntegrity(bytes, integrity)) {
    throw new Error(`${file}: what was to be kept there is damaged (${bytes.length} bytes, not of ${integrity})`);
  }
  replaceFile(file, bytes);
  return bytes;
}

/** Whether bytes have the hash, written as npm writes it: the algorithm, `-`, and base64. */
export function hasIntegrity(bytes: Uint8Array, integrity: string): boolean {
  const [algorithm, digest] = integrity.split(/-(.*)/);
  return createHash(algorithm!).update(bytes).digest('base64') === digest;
}
