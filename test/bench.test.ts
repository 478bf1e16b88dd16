import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { pytorchStep } from '../lib/src/cli/bench-pytorch';
import { measureScale } from '../lib/src/cli/measure-scale';
import { syntheticProblem } from '../lib/src/cli/synthetic-problem';
import { benchmarkNetworkStep } from '../lib/src/priors/benchmark-network-step';
import { spearman } from '../lib/src/statistics/rank-correlation';
import { ownBackend } from './backends';

const BENCH = resolve(__dirname, '../lib/dist/cli/bench.js');
const bench = (...args: string[]) => spawnSync(process.execPath, [BENCH, ...args], { encoding: 'utf8' });

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

  it('times the cheapest, a middling and the costliest network of a benchmark that says its networks', () => {
    const networks = { full: nasBench201.networks!['reduced']! };
    const steps = benchmarkNetworkStep({ ...nasBench201, networks });
    assert.deepEqual([steps.length, steps[0]!.batch], [3, 16]);
    const costs = steps.map(({ mflops }) => mflops);
    assert.deepEqual(
      costs,
      [...costs].sort((a, b) => a - b),
    );
    assert.ok(steps.every(({ milliseconds, cell }) => milliseconds > 0 && nasBench201.space().cells.includes(cell)));
    assert.deepEqual(benchmarkNetworkStep({ ...nasBench201, networks: undefined }), []);
  });

  it('refuses a space that is none, and one beside those of --scale and --against-pytorch, with exit code 2', () => {
    const none = bench('--space', 'nasbench');
    assert.equal(none.status, 2);
    assert.match(none.stderr, /"nasbench".*nas-bench-201, /);
    for (const other of ['--scale', '--against-pytorch']) {
      const both = bench(other, '--space', 'tiny-nano-bench');
      assert.equal(both.status, 2);
      assert.match(both.stderr, /have spaces of their own: leave --space and --benchmark out/);
    }
  });

  it('says which Python has no PyTorch', async () => {
    await assert.rejects(
      pytorchStep('no-such-python'),
      /no-such-python cannot time PyTorch .* name a Python that has it/,
    );
  });
});
