import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

describe('the README', () => {
  it('has an example of a space of one’s own that runs as it stands, and finds good cells', function () {
    this.timeout(120_000);
    const [, code] = /```ts\n(import [^]*?)```/.exec(readme)!;
    const folder = mkdtempSync(path.join(root, 'test', 'readme-')); // inside the project, so that its imports resolve
    try {
      const file = path.join(folder, 'example.mts');
      writeFileSync(file, code!);
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const found = stdout.trim().split('\n').map(Number);
      assert.equal(found.length, 5);
      // The best of the 500 cells has 72, the median 66; ten random cells hold a 71 in one case of four.
      assert.ok(
        found.every((accuracy) => accuracy >= 71 && accuracy <= 72),
        stdout,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('links to files that are there', () => {
    const targets = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target!);
    assert.ok(targets.length > 5);
    for (const target of targets) assert.doesNotThrow(() => readFileSync(path.join(root, target)), target);
  });
});
