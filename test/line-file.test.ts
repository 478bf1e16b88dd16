import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { appendLines, readLines, repairLines } from '../lib/src/files/line-file';

const MODULE = join(__dirname, '../lib/src/files/line-file.ts');

/** Arguments of a node process that runs a script with `appendLines` in reach. */
const script = (body: string): string[] => [
  '--import',
  'tsx',
  '-e',
  `const { appendLines } = require(${JSON.stringify(MODULE)}); (async () => { ${body} })().catch((error) => { console.error(error.message); process.exit(3); });`,
];

describe('line file', function () {
  this.timeout(120_000); // processes that start slowly on a busy machine
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lines-'));
    file = join(folder, 'deep', 'runs.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('appends whole lines and reads them back', async () => {
    assert.deepEqual(readLines(file), []);
    await appendLines(file, ['a', 'b']);
    await appendLines(file, ['ç']);
    assert.deepEqual(readLines(file), ['a', 'b', 'ç']);
    assert.ok(!existsSync(`${file}.lock`));
  });

  it('ignores an unfinished last line when reading and cuts it off when writing', async () => {
    await appendLines(file, ['whole']);
    appendFileSync(file, '{"torn":');
    assert.deepEqual(readLines(file), ['whole']);
    assert.equal(await repairLines(file), 8);
    assert.equal(readFileSync(file, 'utf8'), 'whole\n');
    appendFileSync(file, 'torn again');
    await appendLines(file, ['next']);
    assert.equal(readFileSync(file, 'utf8'), 'whole\nnext\n');
    writeFileSync(file, 'nothing whole');
    assert.equal(await repairLines(file), 13);
    assert.equal(await repairLines(file), 0);
    assert.equal(readFileSync(file, 'utf8'), '');
  });

  it('keeps every line of two processes that write at once', async () => {
    const writers = ['x', 'y'].map((name) =>
      spawn(
        process.execPath,
        script(
          `for (let i = 0; i < 40; i++) await appendLines(${JSON.stringify(file)}, ['${name}' + i + ':' + '${name}'.repeat(2000)]);`,
        ),
        { stdio: 'inherit' },
      ),
    );
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0] as number));
    assert.deepEqual(codes, [0, 0]);
    const lines = readLines(file);
    assert.equal(lines.length, 80);
    for (const name of ['x', 'y'])
      assert.deepEqual(
        lines.filter((line) => line.startsWith(name)),
        Array.from({ length: 40 }, (_, i) => `${name}${i}:${name.repeat(2000)}`),
      );
  });

  it('loses nothing but the torn line when a writer is killed', async () => {
    await appendLines(file, ['first']);
    // A writer that appends without end, each line in two halves' time, killed with SIGKILL while it writes.
    const writer = spawn(
      process.execPath,
      script(
        `process.stdout.write('ready'); for (let i = 0; ; i++) await appendLines(${JSON.stringify(file)}, [i + ':' + 'z'.repeat(3e6)]);`,
      ),
    );
    await once(writer.stdout, 'data');
    while (readLines(file).length < 3) await new Promise((done) => setTimeout(done, 5));
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    await appendLines(file, ['last']); // waits until the dead writer's lock is stale
    const lines = readLines(file);
    assert.equal(lines[0], 'first');
    assert.equal(lines.at(-1), 'last');
    lines.slice(1, -1).forEach((line, i) => assert.equal(line, `${i}:${'z'.repeat(3e6)}`));
  }).timeout(120_000);

  it('takes a half-written line back when the disk does not take the rest', () => {
    execFileSync(process.execPath, script(`await appendLines(${JSON.stringify(file)}, ['kept']);`));
    // A file size limit of two megabytes stands for a full disk: the kernel takes part of the line, then refuses.
    const body = `process.on('SIGXFSZ', () => {}); await appendLines(${JSON.stringify(file)}, ['q'.repeat(5e6)]);`;
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 2000; exec "$@"', '-', process.execPath, ...script(body)],
      { encoding: 'utf8' },
    );
    assert.equal(status, 3, stderr);
    assert.match(stderr, /cannot write .*runs\.jsonl: the file may not grow further.* What it held is kept\./);
    assert.equal(readFileSync(file, 'utf8'), 'kept\n');
  });
});
