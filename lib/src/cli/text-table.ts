/**
 * Rows as text in aligned columns, the first left, the others right.
 *
 * @param header a line of titles
 * @param rows as many cells as there are titles
 */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const { head, line } = growingTable(header, widths);
  return [head, ...rows.map(line)].join('\n');
}

/** A table of which the rows are not known yet when it is begun. */
export interface GrowingTable {
  /** The titles and the rule below them. */
  head: string;
  /** A row as text. */
  line: (cells: readonly string[]) => string;
}

/**
 * The same table row by row.
 *
 * @param header a line of titles
 * @param widths of the widest cell that each column is expected to have; a wider one shifts its row
 */
export function growingTable(header: readonly string[], widths: readonly number[]): GrowingTable {
  const wide = header.map((title, column) => Math.max(title.length, widths[column]!));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(wide[column]!) : cell.padStart(wide[column]!)))
      .join('  ')
      .trimEnd();
  return { head: [line(header), wide.map((width) => '─'.repeat(width)).join('  ')].join('\n'), line };
}
