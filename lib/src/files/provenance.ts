import { sourceVersion } from './source-version';

/** How a provenance ends: with threads, a device's number format, or, of earlier versions, the hash of the sources. */
const ENDING = /^unknown$|; (1 thread|\d+ threads|float32|bfloat16)$|^[^;]*\+([0-9a-f]{12}|[0-9a-f]{16}|unknown)$/;

/** Whether a text is a provenance to its end, and not what a kill left of one. */
export function isWholeProvenance(text: string): boolean {
  return ENDING.test(text);
}

/**
 * What made a result, for a field of a table: the package's version and the hash of its sources, the commit where there is
 * git, the instruction set and the threads, such as
 * `0.1.0+3f2a90c1d7e4a1b2; commit 6a64d39c0ffe; AVX2 and FMA; 1 thread`. Earlier versions wrote the first part alone.
 *
 * @param instructions the instruction set that computed, or what did where that is not known
 * @param threads that computed one result; left out of a device that has its own
 */
export function provenance(instructions: string, threads?: number): string {
  const { package: version, sources, commit } = sourceVersion();
  const parts = [`${version}+${sources}`, instructions];
  if (threads !== undefined) parts.push(threads === 1 ? '1 thread' : `${threads} threads`);
  if (commit !== undefined) parts.splice(1, 0, `commit ${commit}`);
  return parts.join('; ');
}
