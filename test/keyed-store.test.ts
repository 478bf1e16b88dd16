import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeRecords, openStore, readRecords, type RecordKind } from '../lib/src/files/keyed-store';
import { canBeWithoutRights, withoutRights } from './without-rights';

interface Reading {
  name: string;
  seed: number;
  value: number;
}

/** Values by name and seed, so a file may have many seeds; all of a file have the same unit. */
const TABLE: RecordKind<string, Reading> = {
  title: 'readings',
  header: 'name,seed,value',
  key: ({ name, seed }) => `${name} ${seed}`,
  format: ({ name, seed, value }) => [name, seed, value.toPrecision(4)].join(),
  parse(line) {
    const [name, seed, value, ...rest] = line.split(',');
    if (!name || !seed || !value || rest.length > 0 || Number.isNaN(Number(value))) return;
    return { name, seed: Number(seed), value: Number(value) };
  },
  describe: ({ name, seed, value }) => `${name} (seed ${seed}): ${value}`,
};

/** The same in JSON, and of one seed a file. */
const LINES: RecordKind<string, Reading> = {
  ...TABLE,
  header: undefined,
  key: ({ name }) => name,
  format: (record) => JSON.stringify(record),
  parse(line) {
    try {
      const record = JSON.parse(line) as Partial<Reading>;
      return typeof record.value === 'number' ? (record as Reading) : undefined;
    } catch {
      return;
    }
  },
  common: { name: 'seed', of: ({ seed }) => seed },
};

const reading = (name: string, value: number, seed = 0): Reading => ({ name, seed, value });

describe('keyed store', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'));
    file = join(folder, 'deep', 'readings');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const fill = async (kind: typeof TABLE, ...records: Reading[]): Promise<void> => {
    const store = await openStore(file, kind);
    try {
      await store.add(...records);
    } finally {
      await store.close();
    }
  };

  for (const [name, kind] of Object.entries({ 'a table': TABLE, 'JSON lines': LINES })) {
    it(`keeps a record a key in ${name}`, async () => {
      await fill(kind, reading('a', 1), reading('b', 2), reading('a', 1));
      await fill(kind, reading('a', 1), reading('c', 3));
      assert.deepEqual([...readRecords(file, kind).values()], [reading('a', 1), reading('b', 2), reading('c', 3)]);
      assert.equal(readFileSync(file, 'utf8').trim().split('\n').length, kind.header === undefined ? 3 : 4);
      assert.deepEqual(readdirSync(join(folder, 'deep')), ['readings']);
    });

    it(`refuses contradictions in ${name}, all or nothing`, async () => {
      await fill(kind, reading('a', 1));
      const before = readFileSync(file, 'utf8');
      for (const records of [
        [reading('b', 2), reading('a', 1.5)],
        [reading('b', 2), reading('b', 3)],
      ]) {
        await assert.rejects(
          fill(kind, ...records),
          /found [ab] \(seed 0\): \d.*, and in .* [ab] \(seed 0\): .*keep one/,
        );
        assert.equal(readFileSync(file, 'utf8'), before);
      }
      appendFileSync(file, `${kind.format(reading('a', 9))}\n`);
      const line = kind.header === undefined ? 2 : 3;
      assert.throws(
        () => readRecords(file, kind),
        new RegExp(`readings, line ${line}: found a .* 9, and in .*readings, line ${line - 1} a .* 1: they contradict`),
      );
    });
  }

  it('keeps what is common to a file: opening, adding, reading and merging', async () => {
    await fill(LINES, reading('a', 1, 7));
    await assert.rejects(openStore(file, LINES, 8), /is to have readings of seed 8, and .*line 1 has seed 7/);
    await (await openStore(file, LINES, 7)).close();
    await assert.rejects(fill(LINES, reading('b', 1, 8)), /seed 8, and .* has seed 7: a file has one seed/);
    const other = join(folder, 'other');
    writeFileSync(other, `${LINES.format(reading('c', 1, 8))}\n`);
    await assert.rejects(
      mergeRecords([other], file, LINES),
      /other, line 1 .* seed 8, and .*readings, line 1 has seed 7/,
    );
    appendFileSync(other, LINES.format(reading('d', 1, 9)));
    assert.throws(() => readRecords(other, LINES), /other, line 2 .* seed 9, and .*other, line 1 has seed 8/);
    const several = join(folder, 'several');
    writeFileSync(several, 'name,seed,value\na,1,1.000\na,2,1.000\n');
    assert.equal(readRecords(several, TABLE).size, 2);
  });

  it('goes on in an earlier form of a table, but not where only the start of a header is there', async () => {
    const kind: typeof TABLE = {
      ...TABLE,
      header: 'name,seed,value,unit',
      format: (record) => `${TABLE.format(record)},V`,
      parse: (line) => TABLE.parse(line.replace(/,V$/, '')),
      earlier: TABLE,
    };
    for (const [start, expected] of [
      ['name,seed,value\n', 'name,seed,value\na,0,1.000\n'],
      ['name,seed,value', 'name,seed,value,unit\na,0,1.000,V\n'],
    ] as const) {
      await fill(kind); // makes the folder
      writeFileSync(file, start);
      await fill(kind, reading('a', 1));
      assert.equal(readFileSync(file, 'utf8'), expected);
      rmSync(file);
    }
  });

  it('does not take the start of a number for the number', () => {
    writeFileSync(join(folder, 't'), 'name,seed,value\na,0,1.000\nb,0,12.3');
    assert.deepEqual([...readRecords(join(folder, 't'), TABLE).keys()], ['a 0']); // 12.34 was being written
    // A person's digits are another matter: this line is none that was cut off.
    writeFileSync(join(folder, 't'), 'name,seed,value\na,0,1.000\nb,00,1.5');
    assert.equal(readRecords(join(folder, 't'), TABLE).size, 2);
  });

  it('keeps nothing that it could not read again', async () => {
    await assert.rejects(fill(TABLE, reading('a', NaN)), /a \(seed 0\): NaN: this is no record of readings/);
    assert.ok(!existsSync(file));
  });

  it('is left by a killed process to the next one', async function () {
    this.timeout(60_000);
    const holder = spawn(process.execPath, [
      '--import',
      'tsx',
      '-e',
      `const { holdFile } = require(${JSON.stringify(join(__dirname, '../lib/src/files/hold-file.ts'))});
       holdFile(${JSON.stringify(file)}, '').then(() => { console.log('held'); setInterval(() => {}, 1000); });`,
    ]);
    await once(holder.stdout, 'data');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await fill(TABLE, reading('a', 1));
    assert.equal(readRecords(file, TABLE).size, 1);
  });

  it('says that it was taken over, and writes nothing more', async () => {
    const store = await openStore(file, TABLE);
    await store.add(reading('a', 1));
    rmSync(`${file}.run.lock`, { recursive: true });
    await new Promise((done) => setTimeout(done, 3000)); // until the hold is to be renewed
    await assert.rejects(store.add(reading('b', 1)), /another process took it over/);
    await store.close();
    assert.equal(readRecords(file, TABLE).size, 1);
  });

  it('says before any work that a file is read-only', async function () {
    this.timeout(60_000);
    if (!canBeWithoutRights) this.skip();
    await fill(TABLE, reading('a', 1));
    chmodSync(file, 0o444);
    const kind = `{ title: 'readings', header: 'name,seed,value', key: String, format: String, parse: String }`;
    const said = withoutRights('files/keyed-store.ts', `it.openStore(${JSON.stringify(file)}, ${kind})`);
    assert.match(said, /cannot write .*readings: no permission to write there\. What it held is kept/);
    assert.deepEqual(readdirSync(join(folder, 'deep')), ['readings']);
  });

  it('names a folder that stands where a file is expected', async () => {
    await fill(TABLE, reading('a', 1));
    const isFolder = /store-\w+: cannot be read \(it is a folder\); check the path/;
    await assert.rejects(mergeRecords([folder], file, TABLE), isFolder);
    await assert.rejects(mergeRecords([file], folder, TABLE), isFolder);
    await assert.rejects(openStore(folder, LINES), isFolder);
  });

  it('says before any work that nothing can be kept', async () => {
    await assert.rejects(openStore('/dev/null/readings', TABLE), /cannot write \/dev\/null\/readings: /);
  });
});
