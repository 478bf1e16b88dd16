import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { appendLines, isOfFormat, readLines, repairLines, type LineFormat } from '../lib/src/files/line-file';

const MODULE = join(__dirname, '../lib/src/files/line-file.ts');

/** Lines that end with a full stop, so that one sees whether one is whole. */
const SENTENCES: LineFormat = { title: 'sentences', isLine: (text) => text.endsWith('.') };
const TABLE: LineFormat = { title: 'numbers', header: 'a,b', isLine: (text) => /^\d,\d$/.test(text) };

/** Arguments of a node process that runs a script with `append` in reach. */
const script = (body: string): string[] => [
  '--import',
  'tsx',
  '-e',
  `const { appendLines } = require(${JSON.stringify(MODULE)}); const append = (file, lines) => appendLines(file, lines, { title: 'sentences', isLine: (text) => text.endsWith('.') }); (async () => { ${body} })().catch((error) => { console.error(error.message); process.exit(3); });`,
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

  const texts = (format = SENTENCES): string[] => readLines(file, format).lines.map(({ text }) => text);
  const content = (name = file): string => readFileSync(name, 'utf8');
  const write = (text: string | Uint8Array): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };

  it('appends whole lines and reads them back', async () => {
    assert.deepEqual(readLines(file, SENTENCES), { lines: [] });
    await appendLines(file, ['a.', 'b.'], SENTENCES);
    await appendLines(file, ['ç.'], SENTENCES);
    assert.deepEqual(texts(), ['a.', 'b.', 'ç.']);
    assert.ok(!existsSync(`${file}.lock`));
  });

  it('writes the header of a new file, and numbers the lines as an editor does', async () => {
    await appendLines(file, ['1,2'], TABLE);
    assert.equal(content(), 'a,b\n1,2\n');
    write('a,b\n\n3,4\n');
    assert.deepEqual(readLines(file, TABLE).lines, [{ text: '3,4', number: 3 }]);
  });

  it('ignores an unfinished last line when reading, and moves it aside when writing', async () => {
    await appendLines(file, ['whole.'], SENTENCES);
    appendFileSync(file, '{"torn":');
    assert.deepEqual(readLines(file, SENTENCES), { lines: [{ text: 'whole.', number: 1 }], unfinished: '{"torn":' });
    assert.equal(await repairLines(file, SENTENCES), `${file}.torn`);
    assert.equal(content(), 'whole.\n');
    appendFileSync(file, 'torn again');
    assert.equal(await appendLines(file, ['next.'], SENTENCES), `${file}.torn`);
    assert.equal(content(), 'whole.\nnext.\n');
    assert.equal(content(`${file}.torn`), '{"torn":\ntorn again\n');
    // What a loss of power can leave: the length of a line, and zeros.
    appendFileSync(file, Buffer.alloc(9));
    assert.deepEqual(texts(), ['whole.', 'next.']);
    assert.equal(await repairLines(file, SENTENCES), `${file}.torn`);
    assert.equal(await repairLines(file, SENTENCES), undefined);
    assert.equal(content(), 'whole.\nnext.\n');
  });

  it('cuts nothing off that it cannot keep', async () => {
    write('whole.\ntorn');
    mkdirSync(`${file}.torn`); // where the rest of the line would go
    await assert.rejects(repairLines(file, SENTENCES), /cannot write .*runs\.jsonl: EISDIR.* What it held is kept/);
    assert.equal(content(), 'whole.\ntorn');
  });

  it('takes a last line that only lacks its newline for a line', async () => {
    for (const [text, header] of [
      ['a,b\n1,2', 'a,b\n1,2\n'],
      ['a,b', 'a,b\n'],
      ['a,b\r\n1,2', 'a,b\r\n1,2\n'],
    ] as const) {
      write(text);
      assert.deepEqual(texts(TABLE), text === 'a,b' ? [] : ['1,2']);
      assert.equal(await repairLines(file, TABLE), undefined);
      assert.equal(content(), header);
      write(text);
      assert.equal(await appendLines(file, ['3,4'], TABLE), undefined);
      assert.equal(content(), `${header}3,4\n`);
    }
    assert.ok(!existsSync(`${file}.torn`));
  });

  it('writes the header again where a kill has left its start', async () => {
    write('a,');
    assert.deepEqual(readLines(file, TABLE), { lines: [], unfinished: 'a,' });
    assert.equal(await appendLines(file, ['1,2'], TABLE), `${file}.torn`);
    assert.equal(content(), 'a,b\n1,2\n');
  });

  it('leaves files of other programs as they are, and says what stands there', async () => {
    const others: [text: string | Uint8Array, format: LineFormat][] = [
      ['{"prompt":"a"}\n{"prompt":"b, the last"}', SENTENCES],
      ['{"only":"line of another program"}', SENTENCES],
      ['my notes, no newline at the end', TABLE],
      ['{"a": 1}', TABLE],
      ['id;arch\n1;2\n3;', TABLE],
      [Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), TABLE],
      ['\n', TABLE],
    ];
    for (const [text, format] of others) {
      write(text);
      const before = readFileSync(file);
      const refused = /runs\.jsonl(, line 1: found .* is left as it is; name another file|: is text in UTF-16)/;
      await assert.rejects(appendLines(file, ['1,2'], format), refused);
      if (before.at(-1) !== 10) await assert.rejects(repairLines(file, format), refused);
      assert.ok(!isOfFormat(file, format));
      assert.deepEqual(readFileSync(file), before);
      assert.ok(!existsSync(`${file}.torn`));
    }
  });

  it('reads what other systems write: line ends, byte order mark, UTF-16', () => {
    for (const text of ['\uFEFFa,b\r\n1,2\r\n', 'a,b\r1,2\r3,4', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le')]) {
      write(text);
      assert.equal(texts(TABLE)[0], '1,2');
    }
  });

  it('keeps every line of two processes that write at once', async () => {
    const writers = ['x', 'y'].map((name) =>
      spawn(
        process.execPath,
        script(
          `for (let i = 0; i < 40; i++) await append(${JSON.stringify(file)}, ['${name}' + i + ':' + '${name}'.repeat(2000) + '.']);`,
        ),
        { stdio: 'inherit' },
      ),
    );
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0] as number));
    assert.deepEqual(codes, [0, 0]);
    const lines = texts();
    assert.equal(lines.length, 80);
    for (const name of ['x', 'y'])
      assert.deepEqual(
        lines.filter((line) => line.startsWith(name)),
        Array.from({ length: 40 }, (_, i) => `${name}${i}:${name.repeat(2000)}.`),
      );
  });

  it('loses nothing but the torn line when a writer is killed', async () => {
    await appendLines(file, ['first.'], SENTENCES);
    // A writer that appends without end, each line in two halves' time, killed with SIGKILL while it writes.
    const writer = spawn(
      process.execPath,
      script(
        `process.stdout.write('ready'); for (let i = 0; ; i++) await append(${JSON.stringify(file)}, [i + ':' + 'z'.repeat(3e6) + '.']);`,
      ),
    );
    await once(writer.stdout, 'data');
    while (texts().length < 3) await new Promise((done) => setTimeout(done, 5));
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    await appendLines(file, ['last.'], SENTENCES); // waits until the dead writer's lock is stale
    const lines = texts();
    assert.equal(lines[0], 'first.');
    assert.equal(lines.at(-1), 'last.');
    lines.slice(1, -1).forEach((line, i) => assert.equal(line, `${i}:${'z'.repeat(3e6)}.`));
  }).timeout(120_000);

  it('takes a half-written line back when the disk does not take the rest', () => {
    execFileSync(process.execPath, script(`await append(${JSON.stringify(file)}, ['kept.']);`));
    // A file size limit of two megabytes stands for a full disk: the kernel takes part of the line, then refuses.
    const body = `process.on('SIGXFSZ', () => {}); await append(${JSON.stringify(file)}, ['q'.repeat(5e6)]);`;
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 2000; exec "$@"', '-', process.execPath, ...script(body)],
      { encoding: 'utf8' },
    );
    assert.equal(status, 3, stderr);
    assert.match(stderr, /cannot write .*runs\.jsonl: the file may not grow further.* What it held is kept\./);
    assert.equal(readFileSync(file, 'utf8'), 'kept.\n');
  });
});
