import { relative } from 'node:path';

/** A path as a user would type it here: relative where it lies below the working folder. */
export function shortPath(path: string): string {
  const below = relative('', path);
  return below.startsWith('..') ? path : below;
}
