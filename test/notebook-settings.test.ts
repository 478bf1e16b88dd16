import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isFast, setting } from '../lib/src/notebook/settings';
import { writeClaims } from '../lib/src/notebook/show-claims';

describe('a setting of a notebook', () => {
  const names = ['NAS_TEST', 'NAS_FAST'];
  const before = names.map((name) => process.env[name]);
  beforeEach(() => names.forEach((name) => delete process.env[name]));
  after(() =>
    names.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }),
  );

  it('is its default, or what the variable says in the default’s form', () => {
    assert.deepEqual([setting('NAS_TEST', 3), setting('NAS_TEST', 'a'), setting('NAS_TEST', [1, 2])], [3, 'a', [1, 2]]);
    process.env['NAS_TEST'] = '5';
    assert.deepEqual([setting('NAS_TEST', 3), setting('NAS_TEST', 'a'), setting('NAS_TEST', [1, 2])], [5, '5', [5]]);
    process.env['NAS_TEST'] = '30, 1e2';
    assert.deepEqual(setting('NAS_TEST', [1]), [30, 100]);
  });

  it('refuses what is no number, saying which', () => {
    for (const [text, value, expected] of [
      ['many', 3, 'a number'],
      ['3,4', 3, 'a number'],
      ['', 3, 'a number'],
      ['3,,4', [3], 'numbers between commas'],
    ] as const) {
      process.env['NAS_TEST'] = text;
      assert.throws(() => setting('NAS_TEST', value), new RegExp(`NAS_TEST: found "${text}", expected ${expected}`));
    }
  });

  it('keeps no claims where settings are shrunken', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'claims-'));
    process.env['NAS_FAST'] = '1';
    assert.ok(isFast());
    writeClaims('x', { claims: [] }, folder);
    assert.ok(!existsSync(path.join(folder, 'claims')));
    delete process.env['NAS_FAST'];
    writeClaims('x', { claims: [] }, folder);
    assert.ok(existsSync(path.join(folder, 'claims', 'x.json')));
    rmSync(folder, { recursive: true });
  });
});
