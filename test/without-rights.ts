import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Whether root here can leave its rights behind; others have none to leave. */
export const canBeWithoutRights =
  process.getuid?.() !== 0 || spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).status === 0;

/**
 * Runs TypeScript as one who may not write to a file that is read-only, as root may.
 *
 * @param module of the library, by its path below `lib/src`, whose names the code finds in `it`
 * @returns what it wrote to stdout and stderr
 */
export function withoutRights(module: string, code: string): string {
  const [first, ...rest] =
    process.getuid?.() === 0 ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all', process.execPath] : [process.execPath]; // prettier-ignore
  const source = path.join(__dirname, '../lib/src', module);
  const script = `const it = require(${JSON.stringify(source)}); ${code}`;
  const { stdout, stderr } = spawnSync(first, [...rest, '--import', 'tsx', '-e', script], { encoding: 'utf8' });
  return stdout + stderr;
}
