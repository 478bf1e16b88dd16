import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { loadRunData } from '../lib/src/experiments/run-data';
import { chooseCells } from '../lib/src/priors/choose-cells';
import { readCellTable } from '../lib/src/tables/cell-table';
import { logarithmic, standardised } from '../lib/src/tables/code-source';
import { codeTable, requireCoverage, requireTrainable } from '../lib/src/tables/code-table';
import { loadCodes } from '../lib/src/tables/load-codes';
import { tableSourceName } from '../lib/src/tables/table-source';

const space = nasBench201.space();
const IDS = [0, 1, 6111];
const LOSSES = [2.5, 1.25, 0.75];

describe('a table that another program wrote', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tables-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (content: string | Uint8Array, name = 'codes.csv'): string => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const rows = (arch: (id: number) => string = (id) => space.cells[id]!): string[][] => [
    ['id', 'arch', 'loss1'],
    ...IDS.map((id, i) => [String(id), arch(id), String(LOSSES[i])]),
  ];
  const join3 = (delimiter: string, table = rows()): string => table.map((row) => row.join(delimiter)).join('\n');
  const reads = (file: string): void => assert.deepEqual([...loadCodes(nasBench201, file).read(IDS)], LOSSES);
  const lines = join3(',');

  for (const [what, content] of Object.entries<string | Uint8Array>({
    commas: lines,
    semicolons: join3(';'),
    tabs: join3('\t'),
    'line ends of Windows and a byte order mark': `\uFEFF${lines.replaceAll('\n', '\r\n')}\r\n`,
    'carriage returns alone': lines.replaceAll('\n', '\r'),
    'UTF-16 of Windows': Buffer.from(`\uFEFF${lines}\n`, 'utf16le'),
    'UTF-16, big end first': Buffer.from(`\uFEFF${lines}\n`, 'utf16le').swap16(),
    quotes: lines.replace(/\|.*\|/g, '"$&"'),
    'blanks around fields': join3(' , '),
    'blank lines and empty rows': `\n${lines}\n,,\n\n`,
    'columns without a name': lines.replace(/^/gm, '7,').replace('7,', ',').replace(/$/gm, ',x').replace(',x', ','),
    'no ids': lines.replace(/^\w+,/gm, ''),
    "the benchmark's own column name": lines.replace('arch', 'arch_str'),
    'cells as the benchmark prints them': join3(
      ',',
      rows((id) => `Structure(4 nodes with ${space.cells[id]!})`),
    ),
  })) {
    it(`is read with ${what}`, () => reads(write(content)));
  }

  it("is read with NASLib's tuples in quotes, with ids or without", () => {
    const file = write(`id,arch,loss1\n0,"(4, 3, 3, 0, 0, 0)",2.5\n`);
    assert.deepEqual([...loadCodes(nasBench201, file).read([0])], [2.5]);
    const other = write(`arch\tloss1\n(4, 0, 3, 1, 4, 3)\t1.5\n`);
    const cell = '|avg_pool_3x3~0|+|skip_connect~0|none~1|+|nor_conv_1x1~0|avg_pool_3x3~1|nor_conv_1x1~2|';
    assert.deepEqual([...loadCodes(nasBench201, other).read([space.cells.indexOf(cell)])], [1.5]);
    assert.throws(
      () => loadCodes(nasBench201, write('id,arch,loss1\n7,"(4, 3, 3, 0, 0, 0)",2.5\n')),
      /found "\(4, 3.*which is "\|avg/,
    );
    assert.throws(
      () => loadCodes(nasBench201, write('id,arch,loss1\n0,(4, 3, 3, 0, 0, 0),2.5\n')),
      /line 2: found 8 fields, expected 3 \(id, arch, loss1\); put quotes around an architecture that has commas/,
    );
  });

  for (const [what, content, message] of [
    ['JSON', '{"0": {"loss1": 2.5}}', /codes\.csv: is JSON \(it begins with "\{\\"0\\"/],
    [
      'UTF-16 without its mark',
      Buffer.from(lines, 'utf16le'),
      /is no text in UTF-8: \d+ of its first \d+ bytes are zero, .*UTF-16 without/,
    ],
    [
      'another separator',
      join3('|'),
      /found a single column, "id\|arch\|loss1": columns are separated by commas, tabs/,
    ],
    ['decimal commas', join3(';').replace('2.5', '2,5'), /column "loss1": found "2,5", .*; write decimal points/],
    ['a hexadecimal number', lines.replace('2.5', '0x10'), /line 2, column "loss1": found "0x10", expected a training/],
    ['a number beyond doubles', lines.replace('2.5', '1e400'), /found "1e400", .*beyond what a computer holds/],
    ['a blank that one does not see', lines.replace('~0|+', '~0|+\u200b'), /found ".*\\u200b.*", expected "\|avg/],
    ['a column twice', lines.replace('arch', 'loss1'), /the column "loss1" comes twice/],
    [
      'a cell twice',
      lines.replace(/^\w+,/gm, '').replace(/\n.*6111.*|$/, `\n${space.cells[1]!},3`),
      /found id 1 again/,
    ],
    [
      'an unknown cell',
      'arch,loss1\n|none~0|,1',
      /line 2, column "arch": found "\|none~0\|", expected one of the 15625/,
    ],
  ] as const) {
    it(`is refused with ${what}, in a message that names it`, () => {
      assert.throws(() => loadCodes(nasBench201, write(content)), message);
    });
  }

  it('is refused with what is no number, by line and column', () => {
    for (const field of ['nan', 'None', 'inf', '-inf', '71.5 %', '71.5%', '"1,234.5"', '1 234', '1_000', '2.5\0', '']) {
      const found = field === '' ? 'nothing' : '".*"';
      assert.throws(
        () => loadCodes(nasBench201, write(lines.replace('1.25', field))),
        new RegExp(`line 3, column "loss1": found ${found}, expected a training loss`),
        field,
      );
    }
    assert.deepEqual([...loadCodes(nasBench201, write(lines.replace('1.25', '12.5E-1'))).read([1])], [1.25]);
  });

  it('is refused in a message that one can read, however wide it is', () => {
    const wide = Array.from({ length: 3000 }, (_, i) => `feature${i}`);
    const messageOf = (content: string): string => {
      try {
        readCellTable(write(content), space).column('absent');
        return assert.fail('it was read');
      } catch (error) {
        return (error as Error).message;
      }
    };
    const header = ['id', 'arch', ...wide].join();
    const values = wide.map(() => '1').join();
    for (const content of [
      `${header}\n0,${space.cells[0]!},${values}`,
      `${header}\n0,${space.cells[0]!}`,
      `id,arch\n0,${'x'.repeat(30_000)}`,
      'x'.repeat(30_000),
      `id,${'y'.repeat(30_000)}`,
    ]) {
      const message = messageOf(content);
      assert.ok(message.length < 700 + folder.length, `${message.length} characters`);
    }
    assert.match(
      messageOf(`${header}\n0,${space.cells[0]!},${values}`),
      /id, arch, feature0, .* and 2,990 more; expected/,
    );
  });
});

describe('the name of a table of codes', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'names-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('may have capitals, colons and slashes', () => {
    const text = `id,arch,loss1,a/b,a:b\n0,${space.cells[0]!},1,2,3\n`;
    for (const name of ['CODES.CSV', 'my:codes.csv', 'a.csv:b.csv', 'codes.tsv', 'with space.Csv']) {
      const file = join(folder, name);
      writeFileSync(file, text);
      assert.deepEqual([...loadCodes(nasBench201, file).read([0])], [1], name);
      assert.deepEqual([...loadCodes(nasBench201, `${file}:a/b`).read([0])], [2], name);
      assert.deepEqual([...loadCodes(nasBench201, `${file}:a:b, a/b`).read([0])], [3, 2], name);
      assert.deepEqual([...loadCodes(nasBench201, `log:${file}:a/b`).read([0])], [Math.fround(Math.log(3))], name);
    }
    assert.throws(() => loadCodes(nasBench201, join(folder, 'none.csv')), /none\.csv: cannot be read .*check the path/);
    assert.throws(() => loadCodes(nasBench201, join(folder, 'none.csv:a')), /none\.csv: cannot be read/);
  });

  it('has an ending', () => {
    assert.equal(tableSourceName('flops'), undefined);
    assert.equal(tableSourceName('codes.csvx'), undefined);
    assert.deepEqual(tableSourceName('absent.csv:a,b'), { file: 'absent.csv', columns: ['a', 'b'] });
  });

  it('has epochs and ids in decimal digits', () => {
    assert.throws(() => loadCodes(nasBench201, 'proxy-losses:0x3'), /found "0x3" entries, expected 1 to 12/);
    for (const choice of ['ids:0x10', 'sample:0x10', 'ids:1e1']) {
      assert.throws(() => chooseCells(choice, nasBench201), /expected/, choice);
    }
  });
});

describe('codes beyond float32', () => {
  const tiny = tinyNasBench201.space();
  const scores = Float64Array.from({ length: tiny.size }, (_, position) =>
    position % 7 === 0 ? 0 : 10 ** (position % 49),
  );
  const about = { name: 'scores', recipe: 'made up', trainingsPerCode: 0 };
  const table = codeTable(tiny, scores, about);
  const everywhere = Int32Array.from(tiny.ids.keys());

  it('are refused before any work, with what to do', () => {
    assert.throws(
      () => requireTrainable(table, tiny),
      /codes "scores": id \d+, \|.*, has 1\.000e\+20, and predictors compute in float32 .*; use log:scores, .*or standardised/,
    );
    requireTrainable(codeTable(tiny, scores.map(Math.cbrt), about), tiny);
    for (const wrong of [Infinity, NaN, -1e20]) {
      assert.throws(
        () =>
          requireTrainable(
            codeTable(
              tiny,
              scores.map(() => wrong),
              about,
            ),
            tiny,
          ),
        /float32/,
      );
    }
  });

  it('can be standardised, in doubles', () => {
    const codes = standardised(table, everywhere).read(everywhere);
    const mean = codes.reduce((sum, code) => sum + code, 0) / codes.length;
    const variance = codes.reduce((sum, code) => sum + (code - mean) ** 2, 0) / codes.length;
    assert.ok(Math.abs(mean) < 1e-6 && Math.abs(variance - 1) < 1e-6, `${mean} ${variance}`);
    assert.throws(
      () =>
        standardised(
          codeTable(
            tiny,
            scores.map((score) => score ** 4),
            about,
          ),
          everywhere,
        ),
      /beyond 1e154 cannot be standardised; .*standardised:log:scores/,
    );
  });

  it('have a logarithm that keeps order, sign and zero', () => {
    const logarithms = logarithmic(table).read(everywhere);
    everywhere.forEach((position) => {
      assert.equal(logarithms[position], Math.fround(Math.log(1 + scores[position]!)));
    });
    const signed = codeTable(
      tiny,
      scores.map((score) => -score),
      about,
    );
    assert.deepEqual(
      logarithmic(signed).read(everywhere),
      logarithms.map((value) => -value),
    );
  });

  it('come from files and through all changes of a source', () => {
    const folder = mkdtempSync(join(tmpdir(), 'codes-'));
    const file = join(folder, 'synflow.csv');
    const rows = tiny.cells.map((cell, position) => `${tiny.ids[position]!},${cell},${scores[position]!}`);
    writeFileSync(file, ['id,arch,synflow', ...rows].join('\n'));
    const source = `${file}:synflow`;
    assert.throws(() => loadCodes(tinyNasBench201, source), /has 1\.000e\+20.* use log:.*synflow\.csv:synflow, /);
    for (const name of [
      `log:${source}`,
      `standardised:${source}`,
      `standardised:log:${source}`,
      `log:shuffled:${source}`,
    ]) {
      const codes = loadCodes(tinyNasBench201, name).read(everywhere);
      assert.ok(codes.every(Number.isFinite), name);
      assert.ok(new Set(codes).size > (name.includes('log') ? 40 : 1), name);
    }
    assert.throws(() => loadCodes(tinyNasBench201, `shuffled:${source}`), /use log:shuffled:/);
    rmSync(folder, { recursive: true });
  });

  it('say before any work which cells have none', () => {
    requireCoverage(table, tiny);
    const missing = Int32Array.from({ length: 20 }, (_, i) => i);
    assert.throws(
      () => requireCoverage(codeTable(tiny, scores, { ...about, missing }), tiny),
      /codes "scores": found none for 20 of the 4096 cells of tiny-.* \(ids 0, 3, .* and 8 more\), and a search may come/,
    );
    const run = { space: 'nas-bench-201', dataset: 'cifar10', label: 'mean', codes: 'official-codes' };
    assert.throws(() => loadRunData(run), /codes "official-codes": found none for \d+ of the 15625 cells/);
  });
});
