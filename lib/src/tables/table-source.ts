import { statSync } from 'node:fs';

/** The table that the name of a code source means, and which of its columns. */
export interface TableSourceName {
  file: string;
  /** Absent where the name says none: the columns of losses then. */
  columns?: readonly string[];
}

/**
 * The file and the columns that a name such as `FILE.csv` or `FILE.csv:a,b` means; undefined where it means no file. The
 * ending may be written in capitals, and path and columns may have colons and slashes: of several ways to read a name, the
 * longest path that is there counts.
 */
export function tableSourceName(source: string): TableSourceName | undefined {
  const ends = Array.from(
    source.matchAll(/\.(?:csv|tsv)(?=:|$)/gi),
    ({ index = 0, 0: ending }) => index + ending.length,
  );
  const isThere = (at: number): boolean => statSync(source.slice(0, at), { throwIfNoEntry: false })?.isFile() ?? false;
  const end = ends.filter(isThere).at(-1) ?? ends[0];
  if (end === undefined) return;
  const file = source.slice(0, end);
  if (end === source.length) return { file };
  const columns = source.slice(end + 1).split(',');
  return { file, columns: columns.map((column) => column.trim()) };
}
