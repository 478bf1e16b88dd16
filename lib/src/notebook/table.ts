import { writeOutput } from './kernel-output';

/** A data frame by shape, such as danfojs' DataFrame; nothing here imports danfojs. */
export interface FrameLike {
  columns: readonly string[];
  /** rows, each an array in the order of the columns */
  values: readonly unknown[];
}

/** What a table is made of: objects with the same keys, or a frame. */
export type TableSource = readonly object[] | FrameLike;

/** How a table is shown. */
export interface TableStyle {
  /** decimals of the numbers of a column; default 2, none where all its numbers are whole */
  decimals?: Readonly<Record<string, number>>;
  /** headings by column name, with unit; default the name itself */
  headings?: Readonly<Record<string, string>>;
  caption?: string;
}

interface Table {
  headings: string[];
  numeric: boolean[];
  rows: string[][];
  caption: string;
}

const DECIMALS = 2;
/** A column with a number of five digits sets thousands apart; years and cell indices below stay plain. */
const LEAST_GROUPED = 10_000;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Shows a table below the running cell: HTML with aligned numbers, and text for viewers without HTML. */
export function showTable(source: TableSource, style: TableStyle = {}): void {
  writeOutput({ 'text/html': tableHtml(source, style), 'text/plain': tableText(source, style) });
}

/** A table as HTML: numbers to the right with equal decimals, words to the left; every text escaped. */
export function tableHtml(source: TableSource, style: TableStyle = {}): string {
  const { headings, numeric, rows, caption } = layOut(source, style);
  const align = (column: number): string =>
    numeric[column] ? 'text-align: right; font-variant-numeric: tabular-nums' : 'text-align: left';
  const line = (cells: string[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map((cell, i) => `<${tag} style="${align(i)}">${escape(cell)}</${tag}>`).join('')}</tr>`;
  return [
    '<table>',
    ...(caption === '' ? [] : [`<caption style="text-align: left">${escape(caption)}</caption>`]),
    `<thead>${line(headings, 'th')}</thead>`,
    '<tbody>',
    ...rows.map((cells) => line(cells, 'td')),
    '</tbody>',
    '</table>',
  ].join('\n');
}

/** A table as text in columns of equal width, for terminals. */
export function tableText(source: TableSource, style: TableStyle = {}): string {
  const { headings, numeric, rows, caption } = layOut(source, style);
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((cells) => cells[i]!.length)));
  const line = (cells: string[]): string =>
    cells
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [
    ...(caption === '' ? [] : [caption]),
    line(headings),
    line(widths.map((w) => '-'.repeat(w))),
    ...rows.map(line),
  ].join('\n');
}

function layOut(source: TableSource, style: TableStyle): Table {
  const { columns, values } = isFrame(source) ? source : fromObjects(source);
  const shown = values as readonly (readonly unknown[])[];
  const numeric = columns.map((_, i) => shown.every((row) => isNumber(row[i]) || isAbsent(row[i])));
  const decimals = columns.map((name, i) => {
    const whole = shown.every((row) => !isNumber(row[i]) || !Number.isFinite(row[i]) || Number.isInteger(row[i]));
    return style.decimals?.[name] ?? (whole ? 0 : DECIMALS);
  });
  const grouped = columns.map((_, i) => shown.some((row) => Math.abs(Number(row[i])) >= LEAST_GROUPED));
  return {
    headings: columns.map((name) => style.headings?.[name] ?? name),
    numeric,
    rows: shown.map((row) => columns.map((_, i) => cellText(row[i], decimals[i]!, grouped[i]!))),
    caption: style.caption ?? '',
  };
}

function isFrame(source: TableSource): source is FrameLike {
  return !Array.isArray(source);
}

function fromObjects(rows: readonly object[]): FrameLike {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, values: rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name])) };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

function cellText(value: unknown, decimals: number, grouped: boolean): string {
  if (isAbsent(value) || Number.isNaN(value)) return '–';
  if (!isNumber(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const [whole, ...fraction] = value.toFixed(decimals).replace('-', '−').split('.');
  return [grouped ? whole!.replace(/\B(?=(\d{3})+$)/g, ',') : whole, ...fraction].join('.');
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
}
