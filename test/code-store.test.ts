import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { chooseCells } from '../lib/src/priors/choose-cells';
import { codeStore, type StoredCode } from '../lib/src/priors/code-store';
import { measureCodes } from '../lib/src/priors/measure-codes';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNanoBench } from '../lib/src/benchmarks/tiny-nano-bench/tiny-nano-bench';
import { isWholeProvenance, provenance } from '../lib/src/files/provenance';
import { equalNetworks, uniqueCells } from '../lib/src/benchmarks/unique-cells';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { loadCodes } from '../lib/src/tables/load-codes';
import { measureTiny, tinyRecipe } from './tiny-codes';

const space = nasBench201.space();
const files = codeStore(3, space);

const code = (id: number, loss = 2): StoredCode => {
  const architecture = space.cells[id]!;
  return { id, architecture, losses: [loss, 1.5, 1.25], seconds: 3, seed: 0, provenance: '0.1.0+abc' };
};

const fill = async (at: string, ...codes: StoredCode[]): Promise<void> => {
  const store = await files.open(at);
  for (const each of codes) await store.add(each);
  await store.close();
};

/** What a file says of its cells, without the seconds, which differ from run to run. */
const measured = (file: string): [number, readonly number[]][] =>
  [...files.read(file)].map(([id, { losses }]): [number, readonly number[]] => [id, losses]).sort(([a], [b]) => a - b);

describe('code store', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'codes-'));
    file = path.join(folder, 'codes.csv');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps a line a cell, which the tables read', async () => {
    await fill(file, code(4, 2.5), code(9));
    assert.equal(
      readFileSync(file, 'utf8').split('\n')[1],
      `4,${space.cells[4]},2.5000000,1.5000000,1.2500000,3.00,0,0.1.0+abc`,
    );
    assert.deepEqual([...loadCodes(nasBench201, file).read([9, 4])], [2, 1.5, 1.25, 2.5, 1.5, 1.25]);
  });

  it('moves an unfinished last line aside, says so, and goes on', async () => {
    await fill(file, code(4));
    appendFileSync(file, '9,|nor_conv_3x3~0|+|no');
    const store = await files.open(file);
    assert.equal(store.torn, `${file}.torn`);
    await store.add(code(12));
    await store.close();
    assert.deepEqual([...files.read(file).keys()], [4, 12]);
    assert.equal(readFileSync(store.torn, 'utf8'), '9,|nor_conv_3x3~0|+|no\n');
  });

  it('keeps a last row that only lacks its newline, on merging and on opening', async () => {
    await fill(file, code(4), { ...code(9), provenance: provenance('AVX-512', 1) });
    writeFileSync(file, readFileSync(file, 'utf8').trimEnd());
    assert.deepEqual([...files.read(file).keys()], [4, 9]);
    const merged = path.join(folder, 'merged.csv');
    assert.deepEqual(await files.merge([file], merged), { total: 2, added: 2, notes: [] });
    await fill(file, code(12));
    assert.deepEqual([...files.read(file).keys()], [4, 9, 12]);
  });

  it('moves a last row aside that is cut within its provenance', async () => {
    await fill(file, code(4), { ...code(9), provenance: '0.1.0+7ba804c869391234; AVX-512; 1 thread' });
    const text = readFileSync(file, 'utf8').trimEnd();
    for (const cut of [1, 8, 12, ' AVX-512; 1 thread'.length, '4; AVX-512; 1 thread'.length]) {
      writeFileSync(file, text.slice(0, -cut));
      assert.deepEqual([...files.read(file).keys()], [4], text.slice(0, -cut));
    }
    const store = await files.open(file);
    await store.close();
    assert.equal(store.torn, `${file}.torn`);
    assert.match(readFileSync(store.torn, 'utf8'), /^9,.*,0\.1\.0\+7ba804c86939123\n$/);
    // What earlier versions wrote ends sooner.
    for (const whole of ['unknown', '0.1.0+7ba804c86939', '0.1.0+7ba804c869391234', '0.1.0+unknown']) {
      assert.ok(isWholeProvenance(whole), whole);
    }
    for (const whole of ['AVX-512; 12 threads', 'PyTorch 2.11.0+cu130; NVIDIA H200; bfloat16', 'CPU; float32']) {
      assert.ok(isWholeProvenance(`0.1.0+7ba804c869391234; ${whole}`), whole);
      assert.ok(!isWholeProvenance(`0.1.0+7ba804c869391234; ${whole.slice(0, -1)}`), whole);
    }
  });

  it('reads and merges files from before they had a provenance, and goes on in them as they are', async () => {
    const { cells } = space;
    const old = ['id,architecture,loss1,loss2,loss3,seconds,seed', `4,${cells[4]!},2,1.5,1.25,3.00,0`].join('\n');
    const earlier = path.join(folder, 'earlier.csv');
    writeFileSync(earlier, `${old}\n`);
    assert.equal(files.read(earlier).get(4)!.provenance, 'unknown');
    await fill(file, code(4), code(9));
    assert.deepEqual(await files.merge([earlier], file), { total: 2, added: 0, notes: [] });
    const merged = path.join(folder, 'merged-earlier.csv');
    assert.equal((await files.merge([earlier], merged)).added, 1);
    assert.match(readFileSync(merged, 'utf8'), /seed,provenance\n4,.*,0,unknown\n$/);
    await fill(earlier, code(9));
    assert.match(readFileSync(earlier, 'utf8'), /seconds,seed\n4,.*,3\.00,0\n9,.*,3\.00,0\n$/);
  });

  it('reads files that went through another system', async () => {
    await fill(file, code(4), code(9));
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    await fill(file, code(12));
    assert.deepEqual([...files.read(file).keys()], [4, 9, 12]);
    writeFileSync(file, text.replace(/\|.*\|/g, '"$&"'));
    assert.equal(files.read(file).get(9)!.architecture, space.cells[9]);
  });

  it('refuses a file of something else, saying where', async () => {
    writeFileSync(file, 'id,arch,flops\n');
    await assert.rejects(
      files.open(file),
      /codes\.csv, line 1: found "id,arch,flops", expected "id,architecture,loss1/,
    );
    writeFileSync(file, 'id,architecture,loss1,loss2,loss3,seconds,seed,provenance\n4,x,2,,1,3,0,unknown\n');
    await assert.rejects(files.open(file), /codes\.csv, line 2: found "4,x,2,,1,3,0,unknown"/);
    writeFileSync(file, 'my notes, no newline at the end');
    await assert.rejects(files.open(file), /line 1: found "my notes, .*", expected "id,arch.* left as it is/);
    await assert.rejects(files.merge([file], file), /left as it is/);
    assert.equal(readFileSync(file, 'utf8'), 'my notes, no newline at the end');
    assert.deepEqual(readdirSync(folder), ['codes.csv']);
  });

  it('lets one run write at a time', async function () {
    this.timeout(120_000); // the second run waits for the lock of a run that may have been killed
    const store = await files.open(file);
    await assert.rejects(files.open(file), /another process is writing into this file; wait for it, or .*--shard/);
    await store.close();
    await (await files.open(file)).close();
  });

  it('refuses cells of another space', async () => {
    await fill(file, code(4));
    const other = tinyNanoBench.space();
    assert.throws(
      () => codeStore(3, other).read(file),
      /codes\.csv, line 2: found .* of tiny-nano-bench; name the space/,
    );
    await assert.rejects(codeStore(3, other).merge([file], path.join(folder, 'all.csv')), /codes\.csv, line 2: found /);
    await assert.rejects(files.merge([file], path.join(folder, 'all.csv'), 1), /found seed 0, expected seed 1/);
    assert.deepEqual(readdirSync(folder), ['codes.csv']);
  });

  it('merges files, and refuses contradictions', async () => {
    const [a, b, c] = ['a.csv', 'b.csv', 'c.csv'].map((name) => path.join(folder, name)) as [string, string, string];
    await fill(a, code(4), code(9));
    await fill(b, code(9), code(1));
    await fill(c, code(4, 2.25));
    assert.deepEqual(await files.merge([a, b], file), { total: 3, added: 3, notes: [] });
    assert.deepEqual([...files.read(file).keys()], [1, 4, 9]);
    const before = readFileSync(file, 'utf8');
    await assert.rejects(
      files.merge([c], file),
      /c\.csv, line 2: found id 4: 2\.25 1\.5 1\.25 .*, and in .*codes\.csv, line 3 id 4: 2 1\.5 1\.25 .*keep one/,
    );
    await assert.rejects(files.merge([path.join(folder, 'none.csv')], file), /none\.csv is missing or empty/);
    await fill(b, code(2));
    await fill(a, { ...code(3), seed: 0 });
    rmSync(c);
    await fill(c, { ...code(5), seed: 1 });
    await assert.rejects(files.merge([a, b, c], file), /c\.csv, line 2 .* seed 1, and .*codes\.csv, line 2 has seed 0/);
    assert.equal(readFileSync(file, 'utf8'), before);
    assert.deepEqual(await files.merge([a, b], file), { total: 5, added: 2, notes: [] });
  });

  it('says which unfinished line of a file a merge leaves out', async () => {
    const part = path.join(folder, 'part.csv');
    await fill(part, code(4));
    appendFileSync(part, '9,|nor_conv');
    const before = readFileSync(part, 'utf8');
    const { total, notes } = await files.merge([part], file);
    assert.equal(total, 1);
    assert.deepEqual(notes, [`${part}: its last line is unfinished and was left out: "9,|nor_conv"`]);
    assert.equal(readFileSync(part, 'utf8'), before);
  });

  it('needs no images where nothing is missing, and refuses a file of another seed', async () => {
    const measureAgain = (seed: number) => {
      const loadImages = () => Promise.reject(new Error('images were asked for'));
      const positions = [space.ids.indexOf(4)];
      const networkOf = () => assert.fail('no network is needed');
      return measureCodes({ space, networkOf, positions, recipe: tinyRecipe, loadImages, file, seed, workers: 1 });
    };
    await fill(file, code(4));
    assert.deepEqual(await measureAgain(0), { complete: true, diverged: [] });
    await assert.rejects(
      measureAgain(1),
      /codes\.csv is to have codes .* of seed 1, and .*line 2 has seed 0: .*--file/,
    );
    rmSync(file);
    await assert.rejects(measureAgain(0), /images were asked for/);
  });

  it('measures the same codes when killed and started again, and when shared out', async function () {
    this.timeout(300_000);
    const whole = path.join(folder, 'whole.csv');
    await measureTiny(whole, 6, { workers: 2 });
    assert.equal(files.read(whole).size, 6);

    const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'tiny-codes.ts'), file, '6']);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        if (!/[2-9]\n$/.test(text.toString())) return;
        child.kill('SIGKILL');
      });
      child.on('exit', () => resolve());
    });
    const kept = files.read(file).size;
    assert.ok(kept >= 2 && kept < 6, `${kept} codes were there after the kill`);
    const reports: number[][] = [];
    await measureTiny(file, 6, { report: (...report) => reports.push(report) });
    assert.deepEqual(reports[0], [0, kept]);
    assert.deepEqual(measured(file), measured(whole));

    const shards = [0, 1].map((part) => path.join(folder, `shard${part}.csv`));
    await Promise.all(shards.map((shard, part) => measureTiny(shard, 6, { shard: [part, 2] })));
    const merged = path.join(folder, 'merged.csv');
    await files.merge(shards, merged);
    assert.deepEqual(measured(merged), measured(whole));
  });
});

describe('npm run codes', () => {
  const script = path.join(__dirname, '../lib/src/cli/codes.ts');
  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...args]);

  it('merges into the file that it is given', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'codes-'));
    const [part, output] = ['part.csv', 'whole.csv'].map((name) => path.join(folder, name));
    await fill(part!, code(4));
    const args = ['merge', part!, '--recipe', 'official', '--file', output!];
    const { stdout } = await run(...args);
    assert.match(stdout, /whole\.csv: 1 codes, 1 of them new/);
    assert.deepEqual([...files.read(output!).keys()], [4]);
    rmSync(folder, { recursive: true });
  });

  it('refuses wrong use with exit code 2 and one line', async function () {
    this.timeout(120_000);
    for (const [args, expected] of [
      [['--cells', 'best'], /cells "best": expected one of all, unique/],
      [['--shard', '0/4'], /Expected i\/n with i from 1 to n/],
      [['--recipe', 'other'], /Allowed choices are official, reduced/],
    ] as const) {
      const failed = await run(...args).then(
        () => assert.fail('it did not fail'),
        (error: { code: number; stderr: string }) => error,
      );
      assert.equal(failed.code, 2);
      assert.match(failed.stderr, expected);
      assert.equal(failed.stderr.trim().split('\n').length, 1);
    }
  });
});

describe('choice of cells', () => {
  const { representativeOf } = equalNetworks(space);

  it('covers all networks in a fair order', () => {
    const unique = chooseCells('unique', nasBench201);
    assert.equal(unique.length, equalNetworks(space).representatives.length);
    assert.equal(new Set(unique.map((position) => representativeOf[position])).size, unique.length);
    assert.deepEqual(chooseCells('unique', nasBench201), unique);
    assert.deepEqual(chooseCells('sample:150', nasBench201), unique.slice(0, 150));
    // The start of the order is no better or worse than all of it.
    const { values } = loadAccuracies(nasBench201, 'cifar10').score;
    const mean = (positions: ArrayLike<number>): number =>
      Array.from(positions).reduce((sum, position) => sum + values[position]!, 0) / positions.length;
    assert.ok(Math.abs(mean(unique.slice(0, 1000)) - mean(uniqueCells(space).representatives)) < 2);
  });

  it('spreads over the ranking from the best to the worst', () => {
    const chosen = chooseCells('spread:60', nasBench201);
    const { values } = loadAccuracies(nasBench201, 'cifar10').score;
    const accuracies = chosen.map((position) => values[position]!);
    assert.equal(chosen.length, 60);
    assert.equal(accuracies[0], Math.max(...Array.from(equalNetworks(space).representatives, (p) => values[p]!)));
    assert.equal(accuracies.at(-1), 10);
  });

  it('takes ids, one for each network', () => {
    assert.deepEqual(chooseCells('ids:0,5,0', nasBench201), [0, 5]);
    assert.equal(chooseCells('all', nasBench201).length, space.size);
    for (const wrong of ['ids:', 'ids:15625', 'ids:x', 'sample:0', 'sample:99999', 'best', 'sample']) {
      assert.throws(() => chooseCells(wrong, nasBench201), /cells ".*": expected/, wrong);
    }
  });
});
