import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NotebookClaims } from '../lib/src/experiments/claims';
import { codeCells, type Notebook } from './notebooks/outputs';

const root = path.resolve(__dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const PAGES = ['README.md', 'lib/README.md', 'data/README.md', 'notebooks/README.md', 'figures/README.md'];

describe('the READMEs', () => {
  it('can be read to the end: the first page has at most 8 KB', () => {
    assert.ok(Buffer.byteLength(read('README.md')) <= 8 * 1024);
  });

  it('link to files that are there', () => {
    for (const page of PAGES) {
      const targets = [...read(page).matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target!);
      assert.ok(targets.length > 0, page);
      for (const target of targets) {
        assert.doesNotThrow(() => readdirOrFile(path.join(root, path.dirname(page), target)), `${page}: ${target}`);
      }
    }
  });

  it('name every room of the library', () => {
    const rooms = readdirSync(path.join(root, 'lib/src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    for (const { name } of rooms) assert.ok(read('lib/README.md').includes(`\`${name}/\``), name);
  });

  it('have the numbers of figures/claims, which the notebooks wrote', () => {
    const { status, stderr } = spawnSync(process.execPath, ['lib/tools/results.js', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });
});

describe('the notebooks', () => {
  const names = readdirSync(path.join(root, 'notebooks')).filter((name) => name.endsWith('.ipynb'));
  for (const name of names) {
    const notebook = JSON.parse(read(`notebooks/${name}`)) as Notebook;
    const code = codeCells(notebook).map(({ source }) => source);

    it(`${name} imports the library in one line, and has no line of code above 96 characters`, () => {
      const lines = code.join('\n').split('\n');
      const imports = lines.filter((line) => line.includes("'siamese-nas'"));
      assert.deepEqual(imports, ["import * as nas from 'siamese-nas';"]);
      assert.deepEqual(
        lines.filter((line) => line.length > 96),
        [],
      );
    });

    if (notebook.metadata.siamese_nas?.waits_for !== undefined) continue;
    it(`${name} shows the claims that figures/claims has of it`, () => {
      const { claims } = JSON.parse(read(`figures/claims/${path.basename(name, '.ipynb')}.json`)) as NotebookClaims;
      const shown = JSON.stringify(notebook.cells); // outputs and all
      const inside = (text: string): string => JSON.stringify(text).slice(1, -1);
      assert.ok(claims.length > 0);
      for (const { ours } of claims) assert.ok(shown.includes(inside(ours)), `${name} does not show: ${ours}`);
    });
  }
});

function readdirOrFile(target: string): void {
  try {
    readdirSync(target);
  } catch {
    readFileSync(target);
  }
}
