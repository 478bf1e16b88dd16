import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** How a program ended, and all that it printed. */
export interface Result {
  code: number;
  out: string;
}

/** Runs a script of `lib/tools/` with the project's Python. */
export function runPython(script: string, args: readonly string[]): Promise<Result> {
  const root = join(__dirname, '..');
  return new Promise((done) =>
    execFile(
      join(root, '.venv/bin/python'),
      [join(root, 'lib/tools', script), ...args],
      { maxBuffer: 1 << 26 },
      (error, out, err) => done({ code: Number(error?.code ?? 0), out: out + err }),
    ),
  );
}
