/** Every notebook runs from top to bottom (with shrunken settings), and the runner fails whatever way a notebook fails. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');
const notebooks = join(root, 'notebooks');

interface Result {
  code: number;
  out: string;
}

function runNotebooks(...args: string[]): Promise<Result> {
  return new Promise((done) =>
    execFile(
      join(root, '.venv/bin/python'),
      [join(notebooks, 'run.py'), ...args],
      { maxBuffer: 1 << 26 },
      (error, out, err) => done({ code: Number(error?.code ?? 0), out: out + err }),
    ),
  );
}

describe('notebook runner', function () {
  this.timeout(180_000); // a kernel takes seconds to start, more on a busy machine
  let folder: string;

  before(() => {
    // Inside the checkout: the kernel finds its packages from the notebook's folder upwards.
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache', 'notebooks-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function write(name: string, cells: string[]): string {
    const path = join(folder, `${name}.ipynb`);
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
  ];
  describe('on notebooks that fail', () => {
    let result: Result;
    before(async () => {
      const paths = failures.map(([name, cells]) => write(name, cells));
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
  });

  it('says which notebooks there are when a name matches none', async () => {
    const { code, out } = await runNotebooks('no-such-notebook');
    assert.equal(code, 2);
    assert.match(out, /no notebook is called no-such-notebook; there are: /);
  });
});

/** Of every file in a folder, when it was written. */
function lastWritten(folder: string): Record<string, number> {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(files.map((file) => [file, statSync(join(folder, file)).mtimeMs]));
}

describe('notebooks', function () {
  this.timeout(900_000);
  for (const file of readdirSync(notebooks).filter((name) => name.endsWith('.ipynb')))
    it(`${file} runs, and keeps its committed outputs`, async () => {
      const committed = readFileSync(join(notebooks, file), 'utf8');
      const figures = lastWritten(join(root, 'figures'));
      const { code, out } = await runNotebooks('--fast', join(notebooks, file));
      assert.equal(code, 0, out);
      assert.equal(readFileSync(join(notebooks, file), 'utf8'), committed);
      assert.deepEqual(lastWritten(join(root, 'figures')), figures, 'shrunken settings draw no figure of the README');
    });
});
