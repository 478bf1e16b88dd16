import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LIBRARY = path.resolve(__dirname, '../..');

let known: string | undefined;

/**
 * What made a result: the package's version and the first 12 digits of the SHA-256 of its sources (`lib/src` and
 * `lib/native`), such as `0.1.0+3f2a90c1d7e4`; without the sources the version alone. Read once a process.
 */
export function provenance(): string {
  known ??= describe();
  return known;
}

function describe(): string {
  const { version } = JSON.parse(readFileSync(path.join(LIBRARY, 'package.json'), 'utf8')) as { version: string };
  const folders = ['src', 'native'].map((name) => path.join(LIBRARY, name));
  if (!folders.every((folder) => existsSync(folder))) return version;
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const file of sourcesBelow(folder)) {
      hash.update(`${path.relative(LIBRARY, file).split(path.sep).join('/')}\0`).update(readFileSync(file));
    }
  }
  return `${version}+${hash.digest('hex').slice(0, 12)}`;
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|cc|h)$/.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}
