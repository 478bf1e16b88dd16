import assert from 'node:assert/strict';
import { CodeLedger } from '../lib/src/search/code-ledger';
import { siameseRanking } from '../lib/src/search/siamese-ranking';
import { FakePredictor } from './fake-predictor';

const everyCell = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

describe('Siamese-Ranking', () => {
  it('orders the first c cells again by the fine prediction and leaves the rest in coarse order', () => {
    const predictor = new FakePredictor([1, 2], 1, (cell, seed) => (seed === 1 ? -cell : cell));
    const read: [number, number[]][] = [];
    const ranked = siameseRanking(predictor, [everyCell(6), everyCell(6)], 3, (repeat, cells) => {
      read.push([repeat, [...cells]]);
      return Float32Array.from(cells, (cell) => (cell === 1 ? 9 : cell === 4 ? 8 : 0));
    });
    assert.deepEqual([...ranked[0]!], [1, 0, 2, 3, 4, 5]);
    assert.deepEqual([...ranked[1]!], [4, 5, 3, 2, 1, 0]);
    assert.deepEqual(read, [
      [0, [0, 1, 2]],
      [1, [5, 4, 3]],
    ]);
  });

  it('keeps the order of equal predictions in both sorts', () => {
    const predictor = new FakePredictor([1], 1, (cell) => (cell < 5 ? 1 : 0));
    const cells = Int32Array.from([7, 4, 2, 8, 0, 6]);
    const [ranked] = siameseRanking(predictor, [cells], 4, (_, first) => new Float32Array(first.length));
    assert.deepEqual([...ranked!], [4, 2, 0, 7, 8, 6]);
  });

  it('is the coarse order for c = 0, and takes a c larger than the set', () => {
    const predictor = new FakePredictor([1], 1, (cell) => cell);
    const never = (): Float32Array => assert.fail('read a code');
    assert.deepEqual([...siameseRanking(predictor, [everyCell(4)], 0, never)[0]!], [3, 2, 1, 0]);
    const all = siameseRanking(predictor, [everyCell(4)], 60, (_, cells) => Float32Array.from(cells, (c) => -c));
    assert.deepEqual([...all[0]!], [0, 1, 2, 3]);
  });

  it('ignores c for a predictor without estimation branch', () => {
    const predictor = new FakePredictor([1], 0, (cell) => cell % 3);
    const ranked = siameseRanking(predictor, [everyCell(5)], 3, () => assert.fail('read a code'));
    assert.deepEqual([...ranked[0]!], [2, 1, 4, 0, 3]);
  });

  it('gives the beginning of the same ranking where only that is wanted, and never fewer cells than it refines', () => {
    const predictor = new FakePredictor([1, 2], 1, (cell, seed) => (cell * 37 * seed) % 101);
    const codes = (_: number, cells: Int32Array): Float32Array => Float32Array.from(cells, (cell) => -cell);
    const all = siameseRanking(predictor, [everyCell(900), everyCell(900)], 5, codes);
    for (const [top, cells] of [
      [20, 20],
      [1, 5],
      [2000, 900],
    ] as const) {
      const first = siameseRanking(predictor, [everyCell(900), everyCell(900)], 5, codes, top);
      assert.deepEqual(
        first,
        all.map((ranked) => ranked.slice(0, cells)),
      );
    }
  });

  it('says whose training has diverged', () => {
    const predictor = new FakePredictor([3, 5], 0, (cell, seed) => (seed === 5 && cell === 1 ? NaN : 1));
    assert.throws(
      () => siameseRanking(predictor, [everyCell(2), everyCell(2)], 0, () => new Float32Array()),
      /seed 5 predicts NaN for cell 1.*diverged/,
    );
  });
});

describe('CodeLedger', () => {
  it('counts a code once however often it is read, and each repeat apart', () => {
    const ledger = new CodeLedger({ entries: 1, read: (cells) => Float32Array.from(cells) }, 2);
    assert.deepEqual([...ledger.read(0, [4, 5])], [4, 5]);
    ledger.read(0, Int32Array.of(5, 6));
    ledger.read(1, [5]);
    assert.deepEqual([ledger.used(0), ledger.used(1)], [3, 1]);
  });
});
