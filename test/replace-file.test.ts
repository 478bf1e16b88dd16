import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../lib/src/files/replace-file';

describe('replaceFile', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'replace-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes a file and the folders above it, and leaves nothing else', () => {
    const file = join(folder, 'a', 'b', 'figure.svg');
    replaceFile(file, 'one');
    replaceFile(file, Buffer.from('two'));
    assert.equal(readFileSync(file, 'utf8'), 'two');
    replaceFile(file, new Set(['th', Buffer.from('ree')]));
    assert.equal(readFileSync(file, 'utf8'), 'three');
    assert.deepEqual(readdirSync(join(folder, 'a', 'b')), ['figure.svg']);
  });

  it('keeps permissions and links', () => {
    const file = join(folder, 'file');
    const link = join(folder, 'link');
    replaceFile(file, 'one');
    chmodSync(file, 0o640);
    symlinkSync('file', link);
    replaceFile(link, 'two');
    assert.equal(readFileSync(file, 'utf8'), 'two');
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.ok(lstatSync(link).isSymbolicLink());
  });

  it('leaves the old content whole where the new one does not fit on the disk', () => {
    const file = join(folder, 'file');
    replaceFile(file, 'old');
    // A file size limit stands for a full disk: the kernel takes part of the content, then refuses.
    const module = JSON.stringify(join(__dirname, '../lib/src/files/replace-file.ts'));
    const body = `process.on('SIGXFSZ', () => {});
      try { require(${module}).replaceFile(${JSON.stringify(file)}, 'n'.repeat(5e6)); } catch (error) { console.error(error.message); }`;
    const command = [process.execPath, '--import', 'tsx', '-e', body];
    const { stderr } = spawnSync('bash', ['-c', 'ulimit -f 2000; exec "$@"', '-', ...command], { encoding: 'utf8' });
    assert.match(stderr, /cannot write .*file: the file may not grow further.* What it held is kept\./);
    assert.equal(readFileSync(file, 'utf8'), 'old');
    assert.deepEqual(readdirSync(folder), ['file']);
  });

  it('says what cannot be written', () => {
    assert.throws(() => replaceFile('/dev/null/file', ''), /^Error: cannot write \/dev\/null\/file: /);
  });
});
