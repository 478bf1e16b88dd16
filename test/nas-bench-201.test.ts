import assert from 'node:assert/strict';
import {
  countOperation,
  formatCell,
  isConnected,
  OPERATIONS,
  parseCell,
} from '../lib/src/benchmarks/nas-bench-201/cell';
import { NODE_LABELS } from '../lib/src/benchmarks/nas-bench-201/cell-graph';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { equalNetworks, uniqueCells } from '../lib/src/benchmarks/unique-cells';

const sum = (numbers: ArrayLike<number>): number => Array.from(numbers).reduce((total, each) => total + each, 0);

describe('nasBench201', () => {
  const space = nasBench201.space();

  it('has every cell once (protocol §9)', () => {
    assert.equal(space.size, 15_625);
    assert.equal(new Set(space.cells).size, 15_625);
    assert.deepEqual(
      Array.from(space.ids),
      Array.from({ length: 15_625 }, (_, i) => i),
    );
    for (const operation of OPERATIONS) {
      assert.equal(sum(space.operations.map((cell) => countOperation(cell, operation))), 18_750);
    }
    assert.ok(space.cells.every((text) => formatCell(parseCell(text)) === text));
    assert.equal(nasBench201.space(), space);
  });

  it('is in the order of the benchmark', () => {
    const conv = 'nor_conv_3x3';
    assert.equal(
      space.cells[0],
      '|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|',
    );
    assert.equal(space.cells[6111], `|${conv}~0|+|${conv}~0|${conv}~1|+|skip_connect~0|${conv}~1|nor_conv_1x1~2|`);
    assert.equal(space.cells[9930], `|${conv}~0|+|${conv}~0|${conv}~1|+|skip_connect~0|${conv}~1|${conv}~2|`);
  });

  it('has 15,284 connected cells', () => {
    assert.equal(space.operations.filter(isConnected).length, 15_284);
    assert.equal(tinyNasBench201.space().operations.filter(isConnected).length, 3_927);
  });

  it('has 6,466 unique cells by the published count, and 5,260 networks', () => {
    for (const [classesOf, form, count] of [
      [uniqueCells, space.canonicalForm, 6_466],
      [equalNetworks, space.networkForm, 5_260],
    ] as const) {
      const { representatives, representativeOf } = classesOf(space);
      assert.equal(representatives.length, count);
      assert.deepEqual(new Set(representativeOf), new Set(representatives));
      representativeOf.forEach((representative, position) => {
        assert.ok(representative <= position);
        assert.equal(form(representative), form(position));
      });
      assert.equal(classesOf(nasBench201.space()), classesOf(space), 'computed once');
    }
  });

  it('has 430 published classes that hold more than one network', () => {
    const networks = new Map<number, Set<number>>();
    const { representativeOf } = uniqueCells(space);
    representativeOf.forEach((representative, position) => {
      const members = networks.get(representative) ?? new Set();
      networks.set(representative, members.add(equalNetworks(space).representativeOf[position]!));
    });
    const mixed = new Set([...networks].flatMap(([representative, { size }]) => (size > 1 ? [representative] : [])));
    assert.equal(mixed.size, 430);
    assert.equal(representativeOf.filter((representative) => mixed.has(representative)).length, 1_786);
  });

  it('costs from 7.78305 to 220.11969 MFLOPs and from 0.073306 to 1.531546 M parameters', () => {
    const costs = space.cells.map((_, position) => space.cost(position, 'cifar10'));
    const mflops = costs.map((cost) => cost.mflops);
    const mparams = costs.map((cost) => cost.mparams);
    assert.deepEqual([Math.min(...mflops), Math.max(...mflops)], [7.78305, 220.11969]);
    assert.deepEqual([Math.min(...mparams), Math.max(...mparams)], [0.073306, 1.531546]);
    assert.equal(new Set(mflops).size, 28);
    assert.deepEqual(costs[0], { mflops: 15.64737, mparams: 0.129306 });
  });

  it('sees cells as graphs of ten nodes (protocol §1.2, §1.5)', () => {
    const { count, nodes, features, hot, adjacency } = space.graphs;
    assert.deepEqual([count, nodes, features, hot.length, adjacency.length], [15_625, 10, 9, 156_250, 100]);
    assert.deepEqual(Array.from(hot.subarray(0, 10)), [4, 7, 3, 6, 0, 2, 6, 0, 0, 8]);
    assert.equal(sum(adjacency), 22);
    for (let i = 0; i < nodes; i++) {
      assert.equal(adjacency[i * nodes + i], 1);
      for (let j = 0; j < i; j++) assert.equal(adjacency[i * nodes + j], 0, 'data flows to later nodes only');
    }
    const successorsOf = (node: number): number[] =>
      Array.from({ length: nodes }, (_, j) => j).filter((j) => j !== node && adjacency[node * nodes + j] === 1);
    assert.deepEqual(
      Array.from({ length: nodes }, (_, node) => successorsOf(node)),
      [[1, 3, 6], [2], [4, 7], [5], [5], [8], [9], [9], [9], []],
    );
    // Each operation fills a fifth of the six rows that differ; the other four rows never change.
    const counts = NODE_LABELS.map(() => 0);
    hot.forEach((column) => counts[column]!++);
    const ofOperations = 18_750;
    assert.deepEqual(Object.fromEntries(NODE_LABELS.map((label, column) => [label, counts[column]])), {
      skip_connect: ofOperations,
      zeros: ofOperations,
      nor_conv_3x3: ofOperations,
      nor_conv_1x1: ofOperations,
      avg_pool_3x3: ofOperations,
      none: 15_625,
      split_2: 15_625,
      split_3: 15_625,
      output: 15_625,
    });
  });
});

describe('tinyNasBench201', () => {
  const space = tinyNasBench201.space();
  const whole = nasBench201.space();

  it('has the 4,096 cells below 35 MFLOPs, in the order of the benchmark (protocol §1.4)', () => {
    assert.equal(space.size, 4_096);
    assert.equal(space.partOf, whole);
    const below = whole.ids.filter((id) => whole.cost(id, 'cifar10').mflops < 35);
    assert.deepEqual(Array.from(space.ids), Array.from(below));
    assert.ok(space.cells.every((cell, position) => cell === whole.cells[space.ids[position]!]));
  });

  it('has graphs of its own', () => {
    const { count, nodes, hot } = space.graphs;
    assert.equal(count, 4_096);
    assert.equal(hot.length, 40_960);
    for (const position of [0, 1, 4_095]) {
      const id = space.ids[position]!;
      assert.deepEqual(
        hot.slice(position * nodes, (position + 1) * nodes),
        whole.graphs.hot.slice(id * nodes, (id + 1) * nodes),
      );
    }
  });

  it('falls into seven groups of equal MFLOPs', () => {
    const sizes = new Map<number, number>();
    space.cells.forEach((_, position) => {
      const { mflops } = space.cost(position, 'cifar10');
      sizes.set(mflops, (sizes.get(mflops) ?? 0) + 1);
    });
    const groups = [...sizes].sort(([a], [b]) => a - b);
    assert.deepEqual(
      groups.map(([, size]) => size),
      [729, 1_458, 1_215, 540, 135, 18, 1],
    );
    assert.deepEqual([groups[0]![0], groups[6]![0]], [7.78305, 31.37601]);
  });
});
