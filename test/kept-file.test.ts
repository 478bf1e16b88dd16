import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptFile } from '../lib/src/files/kept-file';

/** SHA-256 of `content`, by `printf content | openssl dgst -sha256 -binary | base64`. */
const INTEGRITY = 'sha256-7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=';

describe('a kept file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kept-'));
    file = join(folder, 'deep', 'file');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, and made again when it is damaged', async () => {
    let made = 0;
    const said: string[] = [];
    const read = async (): Promise<string> => {
      const make = () => {
        made++;
        return Promise.resolve(Buffer.from('content'));
      };
      return Buffer.from(await keptFile(file, INTEGRITY, make, (sentence) => said.push(sentence))).toString();
    };
    assert.equal(await read(), 'content');
    assert.equal(await read(), 'content');
    assert.deepEqual([made, said], [1, []]);
    for (const damage of ['', 'conten\0', 'content and more']) {
      writeFileSync(file, damage);
      assert.equal(await read(), 'content');
      assert.equal(readFileSync(file, 'utf8'), 'content');
      assert.match(said.pop()!, new RegExp(`file is damaged \\(${damage.length} bytes with another hash`));
    }
    assert.equal(made, 4);
    assert.deepEqual(readdirSync(join(folder, 'deep')), ['file']);
  });

  it('is not written when what was made is damaged', async () => {
    const make = () => Promise.resolve(Buffer.from('other'));
    await assert.rejects(
      keptFile(file, INTEGRITY, make, () => undefined),
      /file: what was to be kept there is damaged \(5 bytes/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });
});
