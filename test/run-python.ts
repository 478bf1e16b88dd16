import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** How a program ended, and all that it printed. */
export interface Result {
  code: number;
  out: string;
}

/** The surroundings of a program. */
export interface Surroundings {
  cwd?: string;
  /** beside those of this process */
  env?: Readonly<Record<string, string>>;
  /** bytes; a longer file cannot be written, as on a full disk */
  largestFile?: number;
  /** where the output goes, such as /dev/full; errors are kept */
  into?: string;
}

/** Runs a script of `lib/tools/` with the project's Python. */
export function runPython(script: string, args: readonly string[], surroundings: Surroundings = {}): Promise<Result> {
  const root = join(__dirname, '..');
  const { cwd, env, largestFile, into } = surroundings;
  const limit = largestFile === undefined ? '' : `ulimit -f ${Math.ceil(largestFile / 1024)}; `;
  const command = `${limit}exec "$@"${into === undefined ? '' : ` >${into}`}`;
  const python = [join(root, '.venv/bin/python'), join(root, 'lib/tools', script)];
  return new Promise((done) =>
    execFile(
      'bash',
      ['-c', command, 'bash', ...python, ...args],
      { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 26 },
      (error, out, err) => done({ code: Number(error?.code ?? 0), out: out + err }),
    ),
  );
}
