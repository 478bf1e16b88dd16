/** What all commands share: where relative paths lie, and what happens when their output cannot be written. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..');
const COMMAND = JSON.stringify(join(root, 'lib/dist/cli/command.js'));

describe('a command', () => {
  let folder: string;
  let program: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'command-'));
    program = join(folder, 'program.js');
    writeFileSync(
      program,
      `const { runCommand } = require(${COMMAND});
      const { Command } = require(${JSON.stringify(require.resolve('commander'))});
      const print = () => (console.log(process.cwd()), console.log('x'.repeat(5000)));
      const { integer } = require(${COMMAND});
      const under = new Command('under').option('--seed <s>', 'a seed', integer(0), 0).action(print);
      void runCommand(new Command('program').option('--long').action(print).addCommand(under));`,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs the program, "$@", in a line of the shell. */
  const run = (line: string, env: Record<string, string> = {}, cwd = root) =>
    spawnSync('bash', ['-c', line, 'bash', process.execPath, program], {
      cwd,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });

  for (const [where, line] of [
    ['on a device that is full', '"$@" >/dev/full'],
    ['on a disk that fills up in the middle of a text', 'ulimit -f 1; "$@" >"$(dirname "$2")/out"'],
  ] as const)
    it(`fails with one line when its output finds no room ${where}`, () => {
      const { status, stderr } = run(line);
      assert.equal(status, 1);
      assert.match(stderr, /^The output is incomplete: it could not be written \(.*(ENOSPC|EFBIG).*\)\.\n$/);
    });

  for (const [args, message] of [
    ['--nope', /unknown option '--nope'/],
    ['under --nope', /unknown option '--nope'/],
    ['under --seed x', /Expected an integer of at least 0/],
    ['under --seed 99999999999999999999', /Expected an integer of at most 281474976710656/],
  ] as const)
    it(`ends with 2 and one line for wrong use: ${args}`, () => {
      const { status, stdout, stderr } = run(`"$@" ${args}`);
      assert.deepEqual([status, stdout, stderr.split('\n').length], [2, '', 2]);
      assert.match(stderr, message);
      assert.match(stderr, /^program: .* \(see --help\)\n$/);
    });

  it('ends well when its reader has seen enough', () => {
    const { status, stderr } = run('"$@" | head -c 1; exit ${PIPESTATUS[0]}');
    assert.deepEqual([status, stderr], [0, '']);
  });

  it('writes all of a long text into a file', () => {
    run(`"$@" >'${join(folder, 'all')}'`);
    assert.equal(readFileSync(join(folder, 'all'), 'utf8').split('\n')[1]!.length, 5000);
  });

  it('looks for files where the user typed it, not where npm started it', () => {
    const typed = join(folder, 'typed here');
    mkdirSync(typed);
    const npm = { INIT_CWD: typed, npm_package_json: join(root, 'package.json') };
    const cwd = (env: Record<string, string>, from?: string): string => run('"$@"', env, from).stdout.split('\n')[0]!;
    assert.equal(cwd({ ...npm, npm_lifecycle_script: `bash setup.sh && node ${program}` }), typed);
    assert.equal(cwd({ ...npm, npm_lifecycle_script: 'mocha' }), root, 'started by another command of npm');
    assert.equal(cwd({ ...npm, npm_lifecycle_script: `node ${program}` }, folder), folder, 'sent elsewhere by it');
  });
});
