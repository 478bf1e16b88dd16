import assert from 'node:assert/strict';
import { countOperation } from '../lib/src/benchmarks/nas-bench-201/cell';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { candidates, drawnOrder } from '../lib/src/search/candidates';
import { findMethod } from '../lib/src/search/methods';
import { loadCodes } from '../lib/src/tables/load-codes';
import { ownBackend } from './backends';

describe('siameseLoop', () => {
  const space = nasBench201.space();
  // What is there to learn is simple: 3×3 convolutions are good.
  const labels = Float64Array.from(space.operations, (cell) => 50 + 5 * countOperation(cell, 'nor_conv_3x3'));
  const codes = loadCodes(nasBench201, 'proxy-losses');
  const method = findMethod('siams+nsam-loop');
  before(async () => void (await ownBackend()));

  it('trains ten random networks, and then new ones from the top of its own ranking', () => {
    const reports: number[] = [];
    const results = method.search({ space, labels, codes }, 15, [1, 2], (done, all) => reports.push(done / all));
    const { representativeOf } = equalNetworks(space);
    const cells = candidates(space, true);
    results.forEach(({ trained, codesUsed }, repeat) => {
      const first = Array.from(
        drawnOrder(cells, repeat + 1).subarray(0, 10),
        (candidate) => cells.positions[candidate],
      );
      assert.deepEqual(trained.slice(0, 10), first);
      assert.equal(new Set(trained.map((position) => representativeOf[position]!)).size, 15);
      const mean = (some: readonly number[]): number =>
        some.reduce((sum, cell) => sum + labels[cell]!, 0) / some.length;
      assert.ok(mean(trained.slice(10)) > mean(trained.slice(0, 10)) + 3, 'it learned nothing');
      assert.ok(codesUsed! >= 30 && codesUsed! <= 15 + 30, `${codesUsed}`); // 30 of a ranking, and the pool
    });
    assert.deepEqual(method.search({ space, labels, codes }, 15, [2])[0], results[1]);
    assert.ok(reports.every((share, i) => share > 0 && share <= 1 && share >= (reports[i - 1] ?? 0)));
  });

  it('refuses what it cannot do', () => {
    assert.throws(() => method.search({ space, labels }, 20, [1]), /name a code source/);
    assert.throws(() => method.search({ space, labels, codes }, 6000, [1]), RangeError);
  });
});
