/** Cells of Tiny-NanoBench: their grammar, their text, their cost, and how many there are (protocol §7.1 to §7.4). */
import assert from 'node:assert/strict';
import { canonicalNanoCell, numberingsOf } from '../lib/src/benchmarks/tiny-nano-bench/canonical-cell';
import { brokenRule, MAX_NODES } from '../lib/src/benchmarks/tiny-nano-bench/cell';
import { nanoCost } from '../lib/src/benchmarks/tiny-nano-bench/cell-cost';
import { formatNanoCell, parseNanoCell } from '../lib/src/benchmarks/tiny-nano-bench/cell-string';
import {
  allNanoCells,
  enumerateNanoCells,
  nanoSpacePresets,
  numberedNanoCells,
  type NanoSpaceCell,
} from '../lib/src/benchmarks/tiny-nano-bench/enumerate-cells';

const { paper, official } = nanoSpacePresets;
const sizes = Array.from({ length: MAX_NODES - 1 }, (_, i) => i + 2);
const HALVES = 'input|split~0|dwconv3x3~1|atten~1|output~2~3';

/** How many cells have two, three … seven nodes. */
function bySize(cells: readonly { text: string }[]): number[] {
  return sizes.map((size) => cells.filter(({ text }) => text.split('|').length === size).length);
}

const holding = (cells: readonly NanoSpaceCell[], operation: string): number =>
  cells.filter(({ text }) => text.includes(`|${operation}~`)).length;

describe('a NanoBench cell', () => {
  it('is read from its text and written back', () => {
    const cell = parseNanoCell(HALVES);
    assert.deepEqual(cell, {
      operations: ['input', 'split', 'dwconv3x3', 'atten', 'output'],
      edges: [
        [0, 1],
        [1, 2],
        [1, 3],
        [2, 4],
        [3, 4],
      ],
    });
    const changed = allNanoCells().filter(({ text }) => formatNanoCell(parseNanoCell(text)) !== text);
    assert.deepEqual(changed, []);
    assert.equal(formatNanoCell(parseNanoCell('input|none~0|output~1')), 'input|none~0|output~1');
  });

  for (const [text, message] of [
    [
      '',
      /not a Tiny-NanoBench cell: "": node 0 is "", expected one of input, dwconv3x3, conv1x1, atten, expand, split/,
    ],
    ['input', /it has 1 nodes; a cell has 2 to 7/],
    ['input|conv3x3~0|output~1', /node 1 is "conv3x3", expected one of/],
    ['input|atten~x|output~1', /node 1 reads "~x", expected ~ and the number of a node/],
    ['input|atten~|output~1', /node 1 reads "~", expected/],
    ['atten|output~0', /node 0 \(atten\) has to be input/],
    ['input|atten~0', /node 1 \(atten\), the last one, has to be output/],
    ['input|output~0|output~1', /node 1 \(output\) stands between first and last node/],
    ['input|input~0|output~1', /node 1 \(input\) stands between/],
    ['input~1|atten~0|output~1', /the edge 1→0 does not lead to a later node/],
    ['input|atten~1|output~1', /the edge 1→1 does not lead to a later node/],
    ['input|atten~0|output~5', /the edge 5→2 leads to or from a node it lacks/],
    ['input|atten|output~0~1', /node 1 \(atten\) has no input/],
    ['input|atten~0|output~0~1', /node 0 \(input\) sends to 2 nodes; all but a split send to exactly one/],
    ['input|atten~0|atten~1|output~1', /node 1 \(atten\) sends to 2 nodes/],
    ['input|split~0|atten~1|output~2', /node 1 \(split\) sends to 1 node; a split sends to two/],
    ['input|split~0|atten~1|atten~1|atten~1|output~2~3~4', /node 1 \(split\) sends to 3 nodes; a split sends to two/],
    ['input|split~0|output~1~1', /the edge 1→2 is there twice; a split sends its halves to two different nodes/],
    ['input|split~0|atten~1|output~2~1', /node 3 reads ~2~1, expected ascending numbers/],
    ['input|atten~0|atten~1|atten~2|atten~3|atten~4|atten~5|output~6', /it has 8 nodes; a cell has 2 to 7/],
  ] as const) {
    it(`is refused with the rule that "${text}" breaks`, () => {
      assert.throws(() => parseNanoCell(text), message);
    });
  }

  it('needs its edges in order', () => {
    const { operations, edges } = parseNanoCell(HALVES);
    assert.match(
      brokenRule({ operations, edges: [...edges].reverse() })!,
      /its edges are not in order: 2→4 comes after/,
    );
  });

  it('has one canonical numbering among all of its own', () => {
    const cell = parseNanoCell(HALVES);
    const texts = numberingsOf(cell).map(formatNanoCell);
    assert.deepEqual(texts.sort(), ['input|split~0|atten~1|dwconv3x3~1|output~2~3', HALVES]);
    for (const text of texts) assert.equal(canonicalNanoCell(parseNanoCell(text)).text, texts[0]);
  });
});

describe('the cost of a NanoBench cell (protocol §7.3)', () => {
  const at = (text: string, width: number): number =>
    nanoCost(parseNanoCell(text), { ...official, channels: width }).macs;

  for (const width of [32, 64, 128]) {
    it(`follows the closed forms at width ${width}`, () => {
      const identity = 27_648 * width + 1_024 * width ** 2 + 40 * width;
      assert.equal(at('input|output~0', width), identity);
      assert.equal(at('input|none~0|output~1', width), identity);
      assert.equal(at('input|dwconv3x3~0|output~1', width) - identity, 44_928 * width);
      assert.equal(at('input|atten~0|output~1', width) - identity, 48 * width ** 2);
      assert.equal(at('input|conv1x1~0|output~1', width), 27_648 * width + 8_192 * width ** 2 + 40 * width);
    });
  }

  it('is 5,966,336 for the identity at width 64, and 20,321,280 at 128', () => {
    assert.equal(at('input|output~0', 64), 5_966_336);
    assert.equal(at('input|output~0', 128), 20_321_280);
  });

  it('counts expand, splits, and outputs that map to the width, by hand on one cell a block of width 4', () => {
    const small = { ...paper, channels: 4, cellsPerBlock: [1, 1, 1] } as const;
    const around = 27 * 4 * 32 ** 2 + 16 * 10; // stem, dense
    // Channels in: 4, 4, 8. Three depthwise convolutions, then 1x1 from three times the channels to 4, 8, 16.
    const expand = nanoCost(parseNanoCell('input|expand~0|output~1'), small);
    const blocks = [(27 * 4 + 12 * 4) * 1024, (27 * 4 + 12 * 8) * 256, (27 * 8 + 24 * 16) * 64];
    assert.equal(expand.macs, around + blocks.reduce((a, b) => a + b));
    const layers = [3 * (9 + 2) * 4 + (12 * 4 + 8), 3 * (9 + 2) * 4 + (12 * 8 + 16), 3 * (9 + 2) * 8 + (24 * 16 + 32)];
    assert.equal(expand.parameters, 27 * 4 + 8 + layers.reduce((a, b) => a + b) + 170);
    // A conv1x1 on half the channels that keeps them, or maps them to the width, after which 1.5 times the width is mapped.
    const half = parseNanoCell('input|split~0|conv1x1~1|output~1~2');
    assert.equal(nanoCost(half, small).macs, around + 4 * 1024 + (4 + 4 * 8) * 256 + (16 + 8 * 16) * 64);
    const mapped = [(8 + 6 * 4) * 1024, (16 + 10 * 8) * 256, (64 + 20 * 16) * 64].reduce((a, b) => a + b);
    assert.equal(nanoCost(half, { ...small, conv1x1: 'maps' }).macs, around + mapped);
  });

  it('makes an odd number of channels even before it is halved', () => {
    const odd = nanoCost(parseNanoCell('input|split~0|atten~1|output~1~2'), {
      ...paper,
      channels: 3,
      cellsPerBlock: [1, 1, 1],
    });
    // 3 channels become 4, halves have 2, 2 and 3 channels and an attention of one number, 4, 4 and 6 are mapped to the width.
    const layers = [(3 * 4 + 4 * 3) * 1024, (3 * 4 + 4 * 6) * 256, 6 * 12 * 64];
    const attention = 4 * (2 + 2 + 3);
    assert.equal(odd.macs, 27 * 3 * 1024 + 12 * 10 + layers.reduce((a, b) => a + b) + attention);
  });
});

describe('the enumeration of NanoBench cells (protocol §7.4)', () => {
  it('finds 18,101 graphs with numbered nodes, 11,369 up to isomorphism', () => {
    assert.deepEqual(
      sizes.map((size) => numberedNanoCells(size).length),
      [1, 4, 20, 136, 1_292, 16_648],
    );
    assert.deepEqual(bySize(allNanoCells()), [1, 4, 20, 130, 1_046, 10_168]);
    assert.equal(allNanoCells().length, 11_369);
    // Every numbered graph belongs to one class: the classes' numberings add up to all of them.
    const numbered = allNanoCells().map(({ cell }) => new Set(numberingsOf(cell).map(formatNanoCell)).size);
    assert.equal(
      numbered.reduce((a, b) => a + b),
      18_101,
    );
    assert.ok(numberedNanoCells(6).every((cell) => brokenRule(cell) === undefined));
  });

  it('finds 1,294 cells below 35 MFLOPs in the published code at width 128, 1,345 at width 64', () => {
    assert.deepEqual(bySize(enumerateNanoCells(official)), [1, 2, 6, 26, 152, 1_107]);
    const narrow = enumerateNanoCells({ ...official, channels: 64 });
    assert.deepEqual(bySize(narrow), [1, 2, 6, 27, 157, 1_152]);
    assert.equal(enumerateNanoCells(official).length, 1_294);
    assert.equal(narrow.length, 1_345);
    for (const cells of [enumerateNanoCells(official), narrow]) {
      assert.equal(holding(cells, 'conv1x1') + holding(cells, 'expand'), 0);
    }
  });

  for (const [width, count] of [
    [62, 1_311],
    [60, 1_707],
    [56, 1_904],
    [48, 2_228],
    [32, 7_386],
  ] as const) {
    it(`finds ${count} at width ${width}`, () => {
      const cells = enumerateNanoCells({ ...official, channels: width });
      assert.equal(cells.length, count);
      if (width === 60) assert.equal(holding(cells, 'conv1x1'), 371);
    });
  }

  it('finds 1,085 in the fit to Fig. 4b, 1,065 below 34.5 MFLOPs, none with expand', () => {
    const cells = enumerateNanoCells(paper);
    assert.equal(cells.length, 1_085);
    assert.equal(enumerateNanoCells({ ...paper, mflops: 34.5 }).length, 1_065);
    assert.equal(holding(cells, 'expand'), 0);
  });

  it('orders cells by cost, then by text', () => {
    const cells = enumerateNanoCells(paper);
    cells.slice(1).forEach((cell, i) => {
      const before = cells[i]!;
      assert.ok(before.macs < cell.macs || (before.macs === cell.macs && before.text < cell.text));
    });
    assert.equal(cells[0]!.text, 'input|output~0');
    assert.ok(cells.at(-1)!.macs < 35e6);
  });
});
