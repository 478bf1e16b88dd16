/** Every notebook runs from top to bottom (with shrunken settings), and the runner fails whatever way a notebook fails. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputFindings, type Notebook } from './notebooks/outputs';
import { runPython, type Result, type Surroundings } from './run-python';

const root = join(__dirname, '..');
const notebooks = join(root, 'notebooks');

const runNotebooks = (...args: string[]): Promise<Result> => runPython('run.py', args);
const runNotebooksIn = (surroundings: Surroundings, ...args: string[]): Promise<Result> =>
  runPython('run.py', args, surroundings);

describe('notebook runner', function () {
  this.timeout(180_000); // a kernel takes seconds to start, more on a busy machine
  let folder: string;

  before(() => {
    // Inside the checkout: the kernel finds its packages from the notebook's folder upwards.
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache', 'notebooks-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function write(name: string, cells: string[], where = folder): string {
    const path = join(where, `${name}.ipynb`);
    const metadata = { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } };
    const code = cells.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    }));
    writeFileSync(path, JSON.stringify({ cells: code, metadata, nbformat: 4, nbformat_minor: 5 }));
    return path;
  }

  const failures: [name: string, cells: string[], message: RegExp][] = [
    [
      'type-error',
      ["const n: number = 'text';"],
      /type-error.ipynb cell 1: error\n[^]*not assignable to type 'number'/,
    ],
    ['throw', ['const a = 1;', "throw new Error('on purpose');"], /throw.ipynb cell 2: error\n[^]*Error: on purpose/],
    [
      'rejection',
      ["void Promise.reject(new Error('adrift'));"],
      /Error: adrift[^]*rejection.ipynb .*: the kernel died/,
    ],
    [
      'timer',
      ["setTimeout(() => { throw new Error('late'); }, 50);"],
      /Error: late[^]*timer.ipynb .*: the kernel died/,
    ],
    ['exit', ['process.exit(0);'], /exit.ipynb cell 1: the kernel died/],
    ['endless-await', ['await new Promise(() => {});'], /endless-await.ipynb cell 1: no reply within 15 s/],
    [
      'outside',
      ["import { Random } from 'siamese-nas';"],
      /outside.ipynb cell 1: error[^]*It lies outside of .*: move it to .*notebooks/,
    ],
    ['no-notebook', [], /no-notebook.ipynb this file is no notebook \(/],
  ];
  describe('on notebooks that fail', () => {
    let result: Result;
    const outside = mkdtempSync(join(tmpdir(), 'notebooks-'));
    after(() => rmSync(outside, { recursive: true }));
    before(async () => {
      const paths = failures.map(([name, cells]) => write(name, cells, name === 'outside' ? outside : folder));
      writeFileSync(join(folder, 'no-notebook.ipynb'), '<html>');
      result = await runNotebooks('--check', '--timeout', '15', ...paths); // one call: each costs a start of Python
    });
    for (const [name, , message] of failures)
      it(`fails: ${name}`, () => {
        assert.equal(result.code, 1);
        assert.match(result.out, message);
      });
  });

  it('writes outputs, the same from run to run', async () => {
    const cells = ["import { Random } from 'siamese-nas';", "console.error('only a warning');\ntypeof Random"];
    const paths = [write('one', cells), write('two', cells)];
    const { code, out } = await runNotebooks(...paths);
    assert.equal(code, 0, out);
    const [one, two] = paths.map((path) => readFileSync(path, 'utf8'));
    assert.match(one!, /only a warning/);
    assert.match(one!, /function/);
    assert.equal(one, two);
    assert.doesNotMatch(out, /Socket|Unhandled/, 'the end of a kernel is silent');
  });

  it('keeps all that a cell prints, in its order, and what follows', async () => {
    const path = write('many', [
      "for (let i = 0; i < 100_000; i++) console.log(`line ${i}`);\nconsole.error('then this');\nconsole.log('end');",
      "import { showTable } from 'siamese-nas';\nfor (let i = 0; i < 1500; i++) showTable([{ i }]);\nconsole.log('end');",
    ]);
    const { code, out } = await runNotebooks(path);
    assert.equal(code, 0, out);
    const [lines, tables] = (JSON.parse(readFileSync(path, 'utf8')) as Notebook).cells.map(({ outputs }) => outputs!);
    const all = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join('');
    assert.equal(lines!.length, 3, 'one piece for each time the stream changes');
    assert.ok((lines![0]!.text as string[]).join('') === all, 'every line, in order');
    assert.deepEqual(
      lines!.slice(1).map(({ text }) => text),
      [['then this\n'], ['end\n']],
    );
    assert.equal(tables!.length, 1501);
    assert.match(String(tables![1499]!.data!['text/plain']), /1499/);
  });

  it('leaves a notebook as it was when its outputs find no room, or it changed meanwhile, and says so', async () => {
    const long = write('long', ["console.log('x'.repeat(30_000))"]);
    const changed = write('changed', ["require('fs').appendFileSync('changed.ipynb', ' ')"]);
    const before = readFileSync(long, 'utf8');
    const { code, out } = await runNotebooksIn({ largestFile: 16_384 }, long, changed);
    assert.equal(code, 1);
    assert.match(out, /FAILED long\.ipynb is not written, the file is as it was: File too large/);
    assert.match(out, /FAILED changed\.ipynb changed on disk while it was executed/);
    assert.equal(readFileSync(long, 'utf8'), before);
    assert.match(readFileSync(changed, 'utf8'), /"outputs":\[\].* $/);
    const left = readdirSync(folder).filter((file) => file.endsWith('.part'));
    assert.deepEqual(left, []);
  });

  it('goes on when packages come and go beside it, as in an npm ci', async () => {
    const make = `for (const name of ['x', 'y']) {
      const folder = \`node_modules/\${name}\`;
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(\`\${folder}/index.d.ts\`, 'export const a: number;');
      fs.writeFileSync(\`\${folder}/index.js\`, 'exports.a = 1');
      fs.writeFileSync(\`\${folder}/package.json\`, '{ "types": "index.d.ts" }');
    }`;
    const inner = join(folder, 'packages');
    mkdirSync(inner);
    const cells = [
      `const fs = require('fs');\nconst pause = () => new Promise((done) => setTimeout(done, 700));\n${make}`,
      "import { a } from 'x';\nimport { a as b } from 'y';\na + b",
      `for (let i = 0; i < 2; i++) {\nfs.rmSync('node_modules', { recursive: true });\nawait pause();\n${make}\nawait pause();\n}`,
    ];
    const { code, out } = await runNotebooks('--check', write('come-and-go', cells, inner));
    assert.equal(code, 0, out);
  });

  it('says before it executes anything that a file cannot be written', async () => {
    const { code, out } = await runNotebooks('/proc/version');
    assert.equal(code, 1);
    assert.match(out, /^\/proc\/version: its outputs could not be kept: its folder cannot be written: .*--check/);
  });

  it('writes the same bytes when a notebook is executed twice', async () => {
    const inner = join(folder, 'notebooks'); // it writes a figure beside its folder
    mkdirSync(inner);
    const paths = ['first', 'second'].map((name) => join(inner, `${name}.ipynb`));
    for (const path of paths) copyFileSync(join(notebooks, '02-predictor.ipynb'), path);
    const { code, out } = await runNotebooks(...paths);
    assert.equal(code, 0, out);
    const [first, second] = paths.map((path) => readFileSync(path, 'utf8'));
    assert.match(first!, /image\/png/);
    assert.equal(first, second);
    assert.deepEqual(outputFindings(JSON.parse(first!) as Notebook), []);
  });

  it('says which notebooks there are when a name matches none', async () => {
    const { code, out } = await runNotebooks('no-such-notebook');
    assert.equal(code, 2);
    assert.match(out, /no notebook is called no-such-notebook; there are: /);
  });
});

describe('outputs of a notebook', () => {
  /** A notebook of one executed cell with these outputs; its hash is that of its source. */
  const notebookOf = (outputs: object[], count = 1): Notebook =>
    ({
      cells: [
        { cell_type: 'markdown', source: '' },
        { cell_type: 'code', source: 'f()', execution_count: count, outputs },
      ],
      metadata: { siamese_nas: { executed_source: createHash('sha256').update('f()').digest('hex') } },
    }) as Notebook;
  const stream = (text: string, name = 'stdout') => ({ output_type: 'stream', name, text: [text] });

  it('may be anything that does not depend on the machine', () => {
    const png = { 'image/png': '/tmp/iVBORw0KGgo/home/', 'text/plain': 'cells/tmp, data/runs, ../data and s/work/d' };
    const link = { 'text/html': '<a href="https://example.org/home/x">|none~0|</a>' };
    const outputs = [stream('one\n'), ...[png, link].map((data) => ({ output_type: 'display_data', data }))];
    assert.deepEqual(outputFindings(notebookOf(outputs)), []);
  });

  const faults: [what: string, notebook: Notebook, finding: RegExp][] = [
    [
      'a local path in text',
      notebookOf([stream('in /home/me/runs: 3')]),
      /cell 2: .* the local path \/home\/me\/runs:/,
    ],
    [
      'a local path in a chart',
      notebookOf([{ output_type: 'display_data', data: { 'application/json': { url: 'C:\\runs' } } }]),
      /the local path C:\\/,
    ],
    ['a local address', notebookOf([stream('at http://localhost:8888')]), /the local address localhost/],
    ['a message on stderr', notebookOf([stream('slow', 'stderr')]), /messages on stderr \(slow\)/],
    ['an error', notebookOf([{ output_type: 'error', ename: 'Error' }]), /hold an error/],
    ['another order of execution', notebookOf([], 7), /cell 2: counted 7, not 1/],
    [
      'another source',
      { ...notebookOf([]), metadata: {} },
      /its outputs are not those that npm run notebooks makes of this code/,
    ],
  ];
  for (const [what, notebook, finding] of faults)
    it(`may not have ${what}`, () => {
      const [found, ...more] = outputFindings(notebook);
      assert.match(found!, finding);
      assert.deepEqual(more, []);
    });
});

/** Of every file in a folder, when it was written. */
function lastWritten(folder: string): Record<string, number> {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(files.map((file) => [file, statSync(join(folder, file)).mtimeMs]));
}

/** Whether a notebook says that it is executed when its data are there. */
function waitsForData(file: string): boolean {
  const { metadata } = JSON.parse(readFileSync(file, 'utf8')) as Notebook;
  return metadata.siamese_nas?.waits_for !== undefined;
}

describe('notebooks', function () {
  this.timeout(900_000);
  const files = readdirSync(notebooks).filter(
    (name) => name.endsWith('.ipynb') && !waitsForData(join(notebooks, name)),
  );
  const runs = new Map<string, ReturnType<typeof runNotebooks>>();
  let figures: Record<string, number>;
  before(() => {
    figures = lastWritten(join(root, 'figures'));
    // Two at a time: a kernel keeps one core busy.
    const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
    files.forEach((file, i) => {
      const run = lanes[i % 2]!.then(() => runNotebooks('--fast', join(notebooks, file)));
      lanes[i % 2] = run;
      runs.set(file, run);
    });
  });
  for (const file of files)
    it(`${file} runs, and keeps its committed outputs`, async () => {
      const committed = readFileSync(join(notebooks, file), 'utf8');
      const { code, out } = await runs.get(file)!;
      assert.equal(code, 0, out);
      assert.equal(readFileSync(join(notebooks, file), 'utf8'), committed);
      assert.deepEqual(lastWritten(join(root, 'figures')), figures, 'shrunken settings draw no figure of the README');
    });
});
