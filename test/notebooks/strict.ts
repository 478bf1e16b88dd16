/**
 * Holds the notebooks to the rules of the rest: tslab checks types loosely, so this extracts every notebook's code cells
 * into a folder beside it for the time of the check, and runs strict `tsc` and eslint on them. It also names the notebooks whose outputs are older
 * than their own code, or hold errors or local paths. Exit code 1 with notebook, cell and line of each finding.
 */
import { ESLint } from 'eslint';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { codeCells, outputFindings, type Notebook } from './outputs';

interface Extract {
  notebook: string;
  /** Of each code cell: its number in the notebook (1 is the first, markdown cells count) and its first line in the file. */
  starts: { cell: number; line: number }[];
}

const notebooks = join(__dirname, '..', '..', 'notebooks');
const cells = join(__dirname, 'cells');

/** The extracted files by name. */
function extractAll(): Map<string, Extract> {
  rmSync(cells, { recursive: true, force: true });
  mkdirSync(cells);
  const extracts = new Map<string, Extract>();
  for (const notebook of readdirSync(notebooks).filter((name) => name.endsWith('.ipynb'))) {
    const content = JSON.parse(readFileSync(join(notebooks, notebook), 'utf8')) as Notebook;
    const code = codeCells(content);
    const starts: Extract['starts'] = [];
    let line = 1;
    for (const { number, source } of code) {
      starts.push({ cell: number, line });
      line += source.split('\n').length;
    }
    const file = `${basename(notebook, '.ipynb')}.ts`;
    // A file of its own scope: names may repeat from notebook to notebook, not from cell to cell.
    writeFileSync(join(cells, file), [...code.map(({ source }) => source), 'export {};', ''].join('\n'));
    extracts.set(file, { notebook, starts });
    const remedy = `run: npm run notebooks -- ${notebook.slice(0, 2)}`;
    found.push(...outputFindings(content).map((finding) => `${notebook}: ${finding}; ${remedy}`));
  }
  return extracts;
}

/** "06-n-versus-k.ipynb, cell 4, line 2" for a line of an extracted file. */
function place({ notebook, starts }: Extract, line: number): string {
  const start = starts.filter((candidate) => candidate.line <= line).at(-1);
  return start ? `${notebook}, cell ${start.cell}, line ${line - start.line + 1}` : notebook;
}

function checkTypes(extracts: Map<string, Extract>): void {
  const tsc = require.resolve('typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', __dirname, '--pretty', 'false'], { encoding: 'utf8' });
  for (const message of stdout.split('\n').filter(Boolean)) {
    const [, file = '', line = '', text = ''] = /^(.*)\((\d+),\d+\): (.*)$/.exec(message) ?? [];
    const extract = extracts.get(basename(file));
    found.push(extract ? `${place(extract, Number(line))}: ${text}` : message);
  }
}

async function checkLint(extracts: Map<string, Extract>): Promise<void> {
  for (const { filePath, messages } of await new ESLint().lintFiles([cells]))
    for (const { line, message, ruleId } of messages) {
      const extract = extracts.get(basename(filePath));
      found.push(`${extract ? place(extract, line) : filePath}: ${message} (${ruleId ?? 'eslint'})`);
    }
}

const found: string[] = [];

async function main(): Promise<void> {
  const extracts = extractAll();
  checkTypes(extracts);
  await checkLint(extracts);
  rmSync(cells, { recursive: true });
  for (const finding of found) console.error(finding);
  if (found.length > 0) process.exitCode = 1;
  else console.log(`${extracts.size} notebooks: types, lint and outputs are in order`);
}

void main();
