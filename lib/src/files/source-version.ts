import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { contentHash } from './content-hash';

/** Which state of this package it is. */
export interface SourceVersion {
  /** Version of this package. */
  package: string;
  /** Hash of its sources, `lib/src` and `lib/native`; `unknown` where they are not there. */
  sources: string;
  /** The commit that is checked out, where there is git. */
  commit?: string;
}

const LIB = resolve(__dirname, '../..');
const COMMIT_DIGITS = 12;

let known: SourceVersion | undefined;

/** The state of this package, looked up at the first call: whoever works for long calls it at the beginning, since files may change. */
export function sourceVersion(): SourceVersion {
  if (known === undefined) {
    const { version } = JSON.parse(readFileSync(join(LIB, 'package.json'), 'utf8')) as { version: string };
    known = { package: version, sources: hashOfSources(), commit: currentCommit() };
  }
  return known;
}

function hashOfSources(): string {
  const folders = ['src', 'native'];
  if (!folders.every((folder) => existsSync(join(LIB, folder)))) return 'unknown';
  const files = folders.flatMap((folder) =>
    readdirSync(join(LIB, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|cc|h)$/.test(name))
      .map((name) => join(folder, name)),
  );
  return contentHash(...files.sort().flatMap((file) => [file, readFileSync(join(LIB, file))]));
}

function currentCommit(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', `--short=${COMMIT_DIGITS}`, 'HEAD'], {
      cwd: LIB,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined; // no git, or no repository
  }
}
