import { existsSync } from 'node:fs';

/**
 * Says of a table that a command of this project measures, and that is not there, which command that is.
 *
 * @param file absolute
 * @param measuredBy the command; absent for a table that comes from elsewhere, which is left to its reader
 * @throws Error where the file is missing
 */
export function requireTable(file: string, measuredBy?: string): void {
  if (measuredBy === undefined || existsSync(file)) return;
  throw new Error(`${file}: is not there yet, none of it was measured; measure it: ${measuredBy}`);
}
