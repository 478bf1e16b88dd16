import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { loadAccuracies } from '../lib/src/tables/accuracies';

const space = tinyNasBench201.space();

describe('a table that a user brings', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tables-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (text: string, name = 'mine.csv'): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  /** A table of Tiny-NASBench-201 with accuracies made up here. */
  const lines = (): string[] => [
    'id,arch,cifar10_test',
    ...space.cells.map((cell, position) => `${space.ids[position]!},${cell},${(position % 90) + 0.5}`),
  ];
  const changed = (line: number, edit: (text: string) => string): string =>
    write(
      lines()
        .map((text, i) => (i + 1 === line ? edit(text) : text))
        .join('\n'),
    );

  it('works by its path, with any order of rows and columns, quotes and line ends', () => {
    const [header, ...rows] = lines();
    for (const text of [
      lines().join('\n'),
      `\uFEFF${[header, ...rows.reverse()].join('\r\n')}\r\n\r\n`,
      [
        'architecture,note,id,cifar10_test',
        ...rows.map((row) => row.replace(/(.*),(.*),(.*)/, '"$2","a, b",$1,$3')),
      ].join('\n'),
    ]) {
      const file = write(text);
      const { source, best, bestPosition, bestId, label } = loadAccuracies(tinyNasBench201, 'cifar10', { file });
      assert.deepEqual([source, best, bestPosition, bestId], [file, 89.5, 89, space.ids[89]]);
      assert.equal(label.values[4_095], (4_095 % 90) + 0.5);
    }
  });

  it('may hold more cells of the benchmark than are searched, but not fewer', () => {
    const more = nasBench201.space().cells[1]!;
    const file = write([...lines(), `1,${more},50`].join('\n'));
    assert.equal(loadAccuracies(tinyNasBench201, 'cifar10', { file }).score.values.length, 4_096);
    assert.throws(
      () => loadAccuracies(nasBench201, 'cifar10', { file }),
      /found rows for 4097 cells, expected all 15625 of nas-bench-201; add the 11528 missing, the first is id 2, \|/,
    );
  });

  it('is not read under a label policy or for a data set that is none', () => {
    const policy = (label: string, dataset: string) => () => loadAccuracies(nasBench201, dataset, { label });
    assert.throws(policy('oneTrial', 'cifar10'), /no label policy "oneTrial"; there are mean, one-trial, validation/);
    assert.throws(policy('mean', 'cifar-10'), /no data set "cifar-10"; there are cifar10, cifar100, imagenet16/);
    assert.throws(policy('validation', 'cifar100'), /"validation" for cifar10 only, not for cifar100/);
  });

  it('may have one cell of each network, where the policy says so: equal networks share its row', () => {
    const { labels } = tinyNasBench201;
    const shared = { ...tinyNasBench201, labels: { mean: { ...labels['mean']!, measuredBy: 'npm run it' } } };
    const { representatives, representativeOf } = equalNetworks(space);
    const [header, ...rows] = lines();
    const file = write([header, ...Array.from(representatives, (position) => rows[position]!)].join('\n'));
    const { values } = loadAccuracies(shared, 'cifar10', { file }).label;
    values.forEach((value, position) => assert.equal(value, (representativeOf[position]! % 90) + 0.5));
    const lacking = write([header, ...Array.from(representatives.slice(1), (position) => rows[position]!)].join('\n'));
    assert.throws(
      () => loadAccuracies(shared, 'cifar10', { file: lacking }),
      /found 940 of the 941 different networks of tiny-nas-bench-201, .* of which the first is id 0, .*: npm run it$/,
    );
    assert.throws(() => loadAccuracies(tinyNasBench201, 'cifar10', { file }), /expected all 4096/);
  });

  const edited = (line: number, from: string | RegExp, to: string) => (): string =>
    changed(line, (text) => text.replace(from, to));
  const accuracy = /[^,]*$/;
  // Lines 2 to 5 are the cells with the ids 0, 3, 4 and 15; the last line, 4097, is id 15624.
  for (const [what, file, message] of [
    ['no file', () => path.join(folder, 'absent.csv'), /absent\.csv: cannot be read \(ENOENT.*; check the path/],
    ['an empty file', () => write(''), /mine\.csv: is empty, expected a header/],
    ['quotes that do not match', edited(3, '|', '"|'), /mine\.csv: is not comma-separated text: /],
    ['no strings', edited(1, 'arch', 'x'), /line 1: .*expected one named arch, architecture or arch_str;/],
    ['no accuracies', edited(1, accuracy, 'x'), /found the columns id, arch, x; expected one named cifar10_test;/],
    ['a column twice', edited(1, accuracy, 'id'), /line 1: the column "id" comes twice; rename one/],
    [
      'a short row',
      edited(7, /,[^,]*$/, ''),
      /line 7: found 2 fields, expected 3 \(id, arch, cifar10_test\); complete/,
    ],
    ['a torn last row', edited(4_097, /~.*/, ''), /line 4097: found 2 fields, .*may have been cut off while/],
    [
      'an unknown id',
      edited(3, '3', '15625'),
      /line 3, column "id": found "15625", expected the id of one of the 15625/,
    ],
    ['an id that is no integer', edited(3, '3', '3.0'), /line 3, column "id": found "3\.0", expected the id/],
    [
      'the string of another cell',
      edited(3, 'avg_pool_3x3~0', 'none~0'),
      /line 3, column "arch": found "\|none~0.*", expected "\|avg_pool_3x3~0.*", which is the cell with id 3/,
    ],
    ['a string that is no cell', edited(3, '~0', '~9'), /line 3, column "arch": found "\|avg_pool_3x3~9/],
    ['a cell twice', edited(9, /.*/, lines()[2]!), /line 9, column "id": found id 3 again, which line 3 has already/],
    [
      'a cell too few',
      () => write(lines().slice(0, -1).join('\n')),
      /found rows for 4095 cells.* the 1 missing, the first is id 15624/,
    ],
    [
      'an empty accuracy',
      edited(5, accuracy, ''),
      /line 5, column "cifar10_test": found nothing, expected an accuracy/,
    ],
    ['a word for an accuracy', edited(5, accuracy, 'nan'), /line 5, column "cifar10_test": found "nan"/],
    [
      'an accuracy above 100',
      edited(5, accuracy, '100.5'),
      /found "100\.5", expected an accuracy in percent, from 0 to 100/,
    ],
    [
      'fractions',
      () =>
        write(
          lines()
            .join('\n')
            .replace(/,\d+\.5$/gm, ',0.9'),
        ),
      /found no accuracy above 0\.9, expected percent; multiply/,
    ],
  ] as const) {
    it(`is refused with ${what}, and the file is named`, () => {
      const at = file();
      const named = (error: Error): boolean => error.message.startsWith(at) && message.test(error.message);
      assert.throws(() => loadAccuracies(tinyNasBench201, 'cifar10', { file: at }), named);
    });
  }
});
