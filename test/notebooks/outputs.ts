/** What a notebook file must be like for its outputs to be those of its code, on any machine. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/** A text as notebooks keep it, whole or in lines. */
type Text = string | string[];

interface Output {
  output_type: string;
  /** Of a stream: 'stdout' or 'stderr'. */
  name?: string;
  text?: Text;
  /** By MIME type. */
  data?: Record<string, unknown>;
}

/** The part of a notebook file that is checked. */
export interface Notebook {
  cells: { cell_type: string; source: Text; execution_count?: number | null; outputs?: Output[] }[];
  /** `waits_for`: it is written, and is executed when that is there. */
  metadata: { siamese_nas?: { executed_source?: string; waits_for?: string } };
}

/** Code cells with their numbers in the notebook: 1 is the first cell, markdown cells count. */
export function codeCells({
  cells,
}: Notebook): { number: number; source: string; outputs: Output[]; count: unknown }[] {
  return cells.flatMap(({ cell_type, source, outputs = [], execution_count }, index) =>
    cell_type === 'code' ? [{ number: index + 1, source: joined(source), outputs, count: execution_count }] : [],
  );
}

const PLACES: [pattern: RegExp, what: string][] = [
  [/(?<![\w.~/-])\/(?:home|root|tmp|work|Users|usr|opt|var|mnt|media|private)\/[^\s"']*/, 'the local path'],
  [/\b[A-Z]:\\[^\s"']*/, 'the local path'],
  [/\b(?:localhost|127\.0\.0\.1)\b/, 'the local address'],
];
const SHORTEST_HOST = 5; // characters; 'vm' or 'node' may stand in a text by chance
if (hostname().length >= SHORTEST_HOST)
  PLACES.push([new RegExp(`\\b${hostname().replace(/[^\w-]/g, '\\$&')}\\b`), 'the name of this machine']);

/** What is wrong with the outputs of a notebook, a line each: they are stale, hold errors, or name a local place. */
export function outputFindings(notebook: Notebook): string[] {
  const code = codeCells(notebook);
  if (notebook.metadata.siamese_nas?.waits_for !== undefined)
    return code.some(({ outputs }) => outputs.length > 0)
      ? ['it has outputs, and says that it waits for its data']
      : [];
  // lib/tools/run.py writes the same hash when it executes a notebook.
  const hash = createHash('sha256').update(code.map(({ source }) => source).join('\n\0\n'));
  if (notebook.metadata.siamese_nas?.executed_source !== hash.digest('hex'))
    return ['its outputs are not those that npm run notebooks makes of this code'];
  return code.flatMap(({ number, outputs, count }, index) => [
    ...(count === index + 1 ? [] : [`cell ${number}: counted ${String(count)}, not ${index + 1}: it ran out of order`]),
    ...outputs.flatMap(faults).map((fault) => `cell ${number}: its outputs hold ${fault}`),
  ]);
}

function faults({ output_type, name, text = '', data = {} }: Output): string[] {
  if (output_type === 'error') return ['an error'];
  if (name === 'stderr') return [`messages on stderr (${joined(text).trim().slice(0, 60)})`];
  const readable = Object.entries(data).filter(([type]) => !type.startsWith('image/'));
  const all =
    joined(text) + readable.map(([, value]) => (isText(value) ? joined(value) : JSON.stringify(value))).join('\n');
  return PLACES.flatMap(([pattern, what]) => {
    const found = pattern.exec(all);
    return found ? [`${what} ${found[0]}`] : [];
  });
}

function isText(value: unknown): value is Text {
  return typeof value === 'string' || Array.isArray(value);
}

function joined(text: Text): string {
  return Array.isArray(text) ? text.join('') : text;
}
