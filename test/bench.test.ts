import assert from 'node:assert/strict';
import { pytorchStep } from '../lib/src/cli/bench-pytorch';
import { measureScale } from '../lib/src/cli/measure-scale';
import { syntheticProblem } from '../lib/src/cli/synthetic-problem';
import { spearman } from '../lib/src/statistics/rank-correlation';
import { ownBackend } from './backends';

describe('bench', () => {
  before(ownBackend);

  it('makes cells of different sizes and wirings, padded at the end, whose labels and codes go together', () => {
    const { space, labels, codes } = syntheticProblem(500);
    const { nodes, features, hot, adjacency, sizes } = space.graphs;
    assert.deepEqual([...new Set(sizes)].sort(), [10, 4, 5, 6, 7, 8, 9]);
    const wirings = new Set<string>();
    sizes!.forEach((size, cell) => {
      const edges = adjacency.subarray(cell * nodes ** 2, (cell + 1) * nodes ** 2);
      wirings.add(edges.join(''));
      for (let i = 0; i < nodes; i++)
        for (let j = 0; j < nodes; j++) {
          const edge = edges[i * nodes + j]!;
          if (i === j || (j === i + 1 && j < size)) assert.equal(edge, 1);
          else if (j < i || j >= size) assert.equal(edge, 0);
        }
    });
    assert.ok(wirings.size > 200, `${wirings.size}`);
    assert.ok(hot.every((column) => column < features));
    const everyCell = Int32Array.from({ length: 500 }, (_, cell) => cell);
    const first = codes!.read(everyCell).filter((_, i) => i % 3 === 0);
    assert.ok(spearman(first, labels) < -0.999);
  });

  it('measures each task on a small space, and no tensor is left over', () => {
    const task = { kind: 'scale', method: 'siams+nsam+bts', cells: 600, budget: 12 } as const;
    for (const what of ['ranking', 'judging', 'run'] as const) {
      const [seconds, leftOver] = measureScale({ ...task, what });
      assert.ok(seconds > 0);
      assert.equal(leftOver, 0);
    }
  });

  it('says which Python has no PyTorch', async () => {
    await assert.rejects(
      pytorchStep('no-such-python'),
      /no-such-python cannot time PyTorch .* name a Python that has it/,
    );
  });
});
