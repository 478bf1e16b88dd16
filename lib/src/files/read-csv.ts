import { parse } from 'csv-parse/sync';
import { listed, quoted } from './quoted';
import { readText } from './read-text';

/** The text of a CSV file, split into fields. */
export interface CsvText {
  /** The path it was read from. */
  file: string;
  /** The column names of the first line. */
  header: readonly string[];
  /** The fields of each further line; blank lines are left out. Every row has as many fields as the header. */
  rows: readonly (readonly string[])[];
  /** The line of the file, from 1, on which each row stands. */
  lines: readonly number[];
}

/** Characters between fields, in the order in which they are looked for in the first line. */
const DELIMITERS = [',', '\t', ';'];

/**
 * Reads a table with a header, as spreadsheets and other libraries write it: separated by commas, tabs or semicolons, line
 * ends of any system, UTF-8 or UTF-16 (see `readText`). Throws an Error with the file and the line when it cannot be read,
 * is no table, or a row has fewer or more fields than the header.
 */
export function readCsv(file: string): CsvText {
  const text = readText(file);
  if (/^\s*[[{]/.test(text)) {
    throw new Error(
      `${file}: is JSON (it begins with ${quoted(text.trimStart().slice(0, 40))}), expected a table in CSV: a line of ` +
        'column names and a line for each cell',
    );
  }
  const firstLine = /^.*$/m.exec(text.trimStart())![0];
  const delimiter = DELIMITERS.find((character) => firstLine.includes(character)) ?? ',';
  const [first, ...body] = (
    text.includes('"') ? quotedLines(file, text, delimiter) : plainLines(text, delimiter)
  ).filter(({ fields }) => fields.some((field) => field.trim() !== ''));
  if (first === undefined) throw new Error(`${file}: is empty, expected a header line and a line for each cell`);
  const header = first.fields.map((name) => name.trim());
  for (const { fields, line } of body) {
    if (fields.length === header.length) continue;
    const isLast = line === body.at(-1)!.line;
    const tuple = fields.some((field) => /^\s*[([]\s*\d+\s*$/.test(field));
    const remedy = tuple
      ? 'put quotes around an architecture that has commas'
      : `${isLast ? 'the last line may have been cut off while it was written; ' : ''}complete the line or remove it`;
    throw new Error(
      `${file}, line ${line}: found ${fields.length} fields, expected ${header.length} (${listed(header)}); ${remedy}`,
    );
  }
  return { file, header, rows: body.map((row) => row.fields), lines: body.map((row) => row.line) };
}

/** The columns of a table, for a message about one that is not among them. */
export function columnsFound(header: readonly string[]): string {
  return header.length === 1
    ? `a single column, ${quoted(header[0]!)}: columns are separated by commas, tabs or semicolons`
    : `the columns ${listed(header)}`;
}

/** The fields of one line of a comma-separated file. */
export function splitFields(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  try {
    const [fields = []] = parse(line);
    return fields;
  } catch {
    return [line];
  }
}

interface Line {
  fields: string[];
  line: number;
}

/** Without a quote in the file a comma is a comma and a line is a line: ten times faster than the general reader. */
function plainLines(text: string, delimiter: string): Line[] {
  return text.split(/\r\n|\n|\r/).map((line, i) => ({ fields: line.split(delimiter), line: i + 1 }));
}

function quotedLines(file: string, text: string, delimiter: string): Line[] {
  try {
    const options = { info: true, relax_column_count: true, skip_empty_lines: true, delimiter } as const;
    const records = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[];
    return records.map(({ record, info }) => ({ fields: record, line: info.lines }));
  } catch (error) {
    throw new Error(`${file}: is not comma-separated text: ${(error as Error).message}`, { cause: error });
  }
}
