import { gunzipSync } from 'node:zlib';

/** Bytes of a block of a tar archive: each header is one, and contents are padded to whole ones. */
const BLOCK = 512;

/**
 * The files in a gzipped tar archive by name, in memory. Enough for an npm package: plain names of at most 100
 * characters and sizes in octal digits. Throws zlib's error when the data are not gzip or are cut short.
 */
export function readTarball(compressed: Uint8Array): Map<string, Buffer> {
  const archive = gunzipSync(compressed);
  const files = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const text = (from: number, length: number): string =>
      archive
        .subarray(at + from, at + from + length)
        .toString('latin1')
        .split('\0')[0]!;
    const size = parseInt(text(124, 12), 8);
    const start = at + BLOCK;
    files.set(text(0, 100), archive.subarray(start, start + size));
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
