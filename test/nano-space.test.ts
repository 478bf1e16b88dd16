/** Tiny-NanoBench as a search space: positions, graphs, neighbours, equal networks, drawings. */
import assert from 'node:assert/strict';
import { targetsOf, sourcesOf, type NanoCell } from '../lib/src/benchmarks/tiny-nano-bench/cell';
import { nanoCost } from '../lib/src/benchmarks/tiny-nano-bench/cell-cost';
import { NANO_LABELS } from '../lib/src/benchmarks/tiny-nano-bench/cell-graph';
import { formatNanoCell, parseNanoCell } from '../lib/src/benchmarks/tiny-nano-bench/cell-string';
import { drawNanoCell } from '../lib/src/benchmarks/tiny-nano-bench/draw-cell';
import { allNanoCells, nanoSpacePresets } from '../lib/src/benchmarks/tiny-nano-bench/enumerate-cells';
import { tinyNanoBench, tinyNanoBenchOfficial } from '../lib/src/benchmarks/tiny-nano-bench/tiny-nano-bench';
import { type NanoSpace } from '../lib/src/benchmarks/tiny-nano-bench/nano-space';
import { nanoNetwork } from '../lib/src/benchmarks/tiny-nano-bench/nano-network';
import { networkForm } from '../lib/src/benchmarks/tiny-nano-bench/network-form';
import { cellDrawingChart } from '../lib/src/charts/cell-drawing-chart';
import { countMacs } from '../lib/src/convnet/network';
import { Random } from '../lib/src/tensors/random';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { assertSnapshot } from './snapshot';

const paper = tinyNanoBench.space();
const official = tinyNanoBenchOfficial.space();
const HALVES = 'input|split~0|dwconv3x3~1|atten~1|output~2~3';

const names = (space: NanoSpace, positions: Iterable<number>): string[] =>
  [...positions].map((position) => space.cells[position]!);

describe('the space Tiny-NanoBench', () => {
  it('has 1,085 cells as reconstructed, 1,294 in the published code, named by their rank', () => {
    assert.equal(paper.size, 1_085);
    assert.equal(official.size, 1_294);
    assert.deepEqual([...paper.ids], [...paper.ids.keys()]);
    assert.deepEqual(paper.cells, paper.nanoCells.map(formatNanoCell));
    const costs = paper.cells.map((_, position) => paper.cost(position, 'cifar10'));
    assert.deepEqual(costs[0], { mflops: 5.966336, mparams: 0.046154 });
    assert.ok(costs.every(({ mflops }, i) => mflops < 35 && mflops >= costs[Math.max(0, i - 1)]!.mflops));
  });

  it('finds a cell by its text, however numbered, and says why it lacks another', () => {
    const position = paper.positionOf(HALVES);
    const canonical = 'input|split~0|atten~1|dwconv3x3~1|output~2~3';
    assert.equal(paper.cells[position], canonical);
    assert.equal(paper.positionOf(canonical), position);
    for (const [text, reason] of [
      ['input|dwconv3x3~0|dwconv3x3~1|output~2', /is not in tiny-nano-bench: it holds dwconv3x3 2 times, the space at/],
      ['input|expand~0|output~1', /it costs [\d.]+ MFLOPs, the space ends below 35/],
      ['input|none~0|output~1', /it holds none, which does nothing/],
      ['input|pool~0|output~1', /not a Tiny-NanoBench cell/],
    ] as const) {
      assert.throws(() => paper.positionOf(text), reason);
    }
    assert.ok(official.positionOf('input|dwconv3x3~0|dwconv3x3~1|output~2') > 0);
  });

  it('shows predictors graphs of 7 nodes with 11 labels, padded at the end (protocol §1.2, §7.1)', () => {
    const { count, nodes, features, hot, adjacency, sizes } = paper.graphs;
    assert.deepEqual([count, nodes, features], [1_085, 7, 11]);
    assert.equal(NANO_LABELS.length, 11);
    const position = paper.positionOf(HALVES);
    const labels = Array.from(hot.subarray(7 * position, 7 * position + 7), (column) => NANO_LABELS[column]);
    assert.equal(sizes![position], 5);
    assert.deepEqual(labels, ['input', 'split', 'atten', 'dwconv3x3', 'output', 'none', 'none']);
    const rows = Array.from({ length: 7 }, (_, i) => adjacency.slice(49 * position + 7 * i, 49 * position + 7 * i + 7));
    assert.deepEqual(
      rows.map((row) => [...row].join('')),
      ['1100000', '0111000', '0010100', '0001100', '0000100', '0000010', '0000001'],
    );
    const edges = paper.nanoCells.reduce((sum, cell) => sum + cell.edges.length, 0);
    assert.equal(
      Float32Array.from(adjacency).reduce((a, b) => a + b),
      edges + 7 * 1_085,
    );
  });
});

describe('the benchmark Tiny-NanoBench', () => {
  it('says that it is a reconstruction, and keeps its files apart from others', () => {
    for (const benchmark of [tinyNanoBench, tinyNanoBenchOfficial]) {
      assert.match(benchmark.title, /\(reconstruction, not the authors’ set\)$/);
      assert.equal(benchmark.space(), benchmark.space());
      assert.equal(benchmark.space().name, benchmark.name);
      const files = [benchmark.accuracies, ...Object.values(benchmark.codes).map(({ file }) => file)];
      assert.ok(files.every((file) => file.includes(`/data/${benchmark.name}/`)));
      assert.ok(benchmark.defaultCodes! in benchmark.codes);
      const { nodes } = benchmark.draw!(benchmark.space().positionOf(HALVES));
      assert.equal(nodes.length, 5);
    }
    const transform = tinyNanoBench.codes['synflow-official']!.transform!;
    assert.deepEqual(
      [transform([-3]), transform([250]), transform([9e9])],
      [
        [0, 0, 0],
        [0.25, 0.25, 0.25],
        [1, 1, 1],
      ],
    );
  });
});

describe('networks of Tiny-NanoBench', () => {
  it('cost what the closed form says: every 7th cell of both spaces, as built', () => {
    for (const { space, networks } of [tinyNanoBench, tinyNanoBenchOfficial]) {
      for (let position = 0; position < space().size; position += 7) {
        const network = networks!.full(position);
        const built = { mflops: countMacs(network, false) / 1e6, mparams: network.parameterCount / 1e6 };
        assert.deepEqual(space().cost(position, 'cifar10'), built, space().cells[position]);
      }
    }
  });

  it('cost what the closed form says with any options', () => {
    const random = new Random(1, 'cells');
    const all = allNanoCells();
    const { paper: fit, official: code } = nanoSpacePresets;
    for (const options of [
      { ...fit, channels: 6 }, // odd halves, attentions of one number
      { ...code, channels: 10, cellsPerBlock: [1, 2, 4] as const },
      { ...code, channels: 16, imageSize: 16, classes: 100 },
    ]) {
      for (let i = 0; i < 100; i++) {
        const { cell, text } = all[random.integer(all.length)]!;
        const network = nanoNetwork(cell, options);
        const built = { macs: countMacs(network, false), parameters: network.parameterCount };
        assert.deepEqual(nanoCost(cell, options), built, text);
      }
    }
  });
});

describe('a narrower network (protocol §7.5)', () => {
  /** How many cells halve an odd number of channels, and how many weigh fewer than 4, in their first block. */
  function changed(width: number): number[] {
    const counts = [0, 0];
    for (const cell of paper.nanoCells) {
      const channels: number[] = [];
      const found = [false, false];
      cell.operations.forEach((operation, node) => {
        const arriving = node === 0 ? width : sourcesOf(cell, node).reduce((sum, each) => sum + channels[each]!, 0);
        if (operation === 'split' && arriving % 2 === 1) found[0] = true;
        if (operation === 'atten' && arriving < 4) found[1] = true;
        channels.push(operation === 'split' ? Math.ceil(arriving / 2) : arriving);
      });
      found.forEach((yes, i) => (counts[i]! += Number(yes)));
    }
    return counts;
  }

  it('leaves the cells what they are with 16, 32 or 64 channels, not with 8', () => {
    assert.deepEqual([8, 16, 32, 64].map(changed), [
      [72, 267],
      [0, 43],
      [0, 1],
      [0, 0],
    ]);
  });
});

describe('neighbours of a cell', () => {
  it('are those one operation or one edge away', () => {
    const of = (space: NanoSpace, text: string): string[] => names(space, space.neighbours(space.positionOf(text)));
    // Nothing to change: one operation is put in. The whole conv1x1 fits the limit, expand does not.
    assert.deepEqual(of(paper, 'input|output~0'), [
      'input|atten~0|output~1',
      'input|dwconv3x3~0|output~1',
      'input|conv1x1~0|output~1',
    ]);
    const found = of(paper, 'input|split~0|atten~1|output~1~2');
    assert.ok(found.includes('input|split~0|dwconv3x3~1|output~1~2'), 'another operation');
    assert.ok(found.includes('input|split~0|atten~1|dwconv3x3~1|output~2~3'), 'one put in');
    assert.ok(!found.includes('input|dwconv3x3~0|output~1'), 'two steps away');
    assert.ok(!found.includes('input|output~0'), 'a split without a node between its halves is no cell');
    // An edge that leads elsewhere: the second half goes to the node that reads the first.
    const apart = of(paper, 'input|split~0|atten~1|dwconv3x3~1|output~2~3');
    assert.ok(apart.includes('input|split~0|atten~1|dwconv3x3~1~2|output~3'));
    // A split that becomes an operation loses the half that went past.
    const single = of(official, 'input|split~0|atten~1|dwconv3x3~1~2|output~3');
    assert.ok(single.includes('input|atten~0|atten~1|dwconv3x3~2|output~3'));
  });

  for (const space of [paper, official]) {
    it(`are mutual, and reach all of the ${space.size} cells`, () => {
      const all = space.cells.map((_, position) => space.neighbours(position));
      all.forEach((neighbours, position) => {
        assert.ok(neighbours.every((each, i) => i === 0 || each > neighbours[i - 1]!));
        assert.ok(!neighbours.includes(position));
        assert.ok(neighbours.every((each) => all[each]!.includes(position)));
      });
      const reached = new Set([0]);
      for (const position of reached) for (const each of all[position]!) reached.add(each);
      assert.equal(reached.size, space.size);
    });
  }
});

describe('equal networks', () => {
  it('are 981 of the 1,085 cells, and 1,214 of the 1,294', () => {
    assert.equal(equalNetworks(paper).representatives.length, 981);
    assert.equal(equalNetworks(official).representatives.length, 1_214);
  });

  it('cost the same', () => {
    for (const space of [paper, official]) {
      equalNetworks(space).representativeOf.forEach((representative, position) => {
        assert.deepEqual(space.cost(representative, 'cifar10'), space.cost(position, 'cifar10'));
      });
    }
  });

  it('join a split that takes apart what was concatenated, and tell the ways that halves can go', () => {
    const form = (text: string): string => networkForm(parseNanoCell(text), text, nanoSpacePresets.paper);
    assert.equal(
      form('input|split~0|atten~1|output~1~2'),
      form('input|split~0|split~1|split~1|split~2~3|atten~2~4|output~3~4~5'),
    );
    // The halves change places: the same network with its channels in another order.
    assert.equal(form(HALVES), form('input|split~0|atten~1|dwconv3x3~1|output~2~3'));
    // One graph numbered in two ways: the halves keep their places at the output, or change them.
    const kept = form('input|split~0|conv1x1~1|dwconv3x3~2|atten~1|output~3~4');
    const changed = form('input|split~0|conv1x1~1|atten~1|dwconv3x3~2|output~3~4');
    assert.notEqual(kept, changed);
    // A depthwise convolution of a whole counts as another network than two of its halves.
    assert.notEqual(form('input|dwconv3x3~0|output~1'), form('input|split~0|dwconv3x3~1|dwconv3x3~1|output~2~3'));
    // Where widths do not scale every text is its own.
    assert.equal(form('input|expand~0|output~1'), 'input|expand~0|output~1');
  });

  it('are those that compute the same numbers', () => {
    for (const space of [paper, official]) {
      const classes = new Map<string, Set<string>>();
      space.nanoCells.forEach((cell, position) => {
        const form = space.networkForm(position);
        classes.set(form, (classes.get(form) ?? new Set()).add(fingerprint(cell)));
      });
      assert.ok([...classes.values()].every(({ size }) => size === 1));
      assert.equal(new Set([...classes.values()].map(([only]) => only)).size, classes.size);
    }
  });
});

describe('a drawing of a cell', () => {
  it('has a place for every node, halves by name, and no edge through a node', () => {
    for (let position = 0; position < paper.size; position += 37) {
      const cell = paper.nanoCells[position]!;
      const { nodes, edges } = drawNanoCell(cell);
      assert.deepEqual(
        edges.map(({ from, to }) => [from, to]),
        cell.edges,
      );
      assert.deepEqual(
        nodes.map(({ label }) => label),
        cell.operations,
      );
      assert.ok(nodes.every(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1));
      assert.equal(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size, nodes.length);
      for (const { from, to } of edges) {
        const [a, b] = [nodes[from]!, nodes[to]!];
        assert.ok(b.x > a.x);
        for (const { x, y } of nodes) {
          const share = (x - a.x) / (b.x - a.x);
          const distance = Math.abs(y - (a.y + share * (b.y - a.y)));
          if (share > 0 && share < 1) assert.ok(distance > 0.05, paper.cells[position]);
        }
      }
    }
    const { nodes, edges } = drawNanoCell(parseNanoCell(HALVES));
    assert.deepEqual(
      nodes.map(({ label, x }) => `${label} ${x.toFixed(2)}`),
      ['input 0.00', 'split 0.33', 'dwconv3x3 0.67', 'atten 0.67', 'output 1.00'],
    );
    assert.deepEqual(
      edges.filter(({ operation }) => operation),
      [
        { from: 1, to: 2, operation: '1st' },
        { from: 1, to: 3, operation: '2nd' },
      ],
    );
  });
});

describe('a chart of a cell', () => {
  it('shows operations as boxes and halves on arrows', () => {
    const position = paper.positionOf('input|conv1x1~0|split~1|split~2|split~3|atten~2~4|output~3~4~5');
    const chart = cellDrawingChart(tinyNanoBench.draw!(position), `Cell ${position}`, [paper.cells[position]!]);
    return assertSnapshot(chart, 'nano-cell');
  });
});

/**
 * What a network of such cells computes when all weights of a layer are one number, of which any order of channels keeps
 * nothing but the numbers: 32 channels, from ones, through six cells with their inputs added. Layers of one kind and size
 * are interchangeable: of all ways to hand out their numbers the first result.
 */
function fingerprint(cell: NanoCell): string {
  const sizes = cell.operations.map(() => 0);
  const run = (strength: (node: number) => number): number[] => {
    let channels = new Array<number>(32).fill(1);
    for (let round = 0; round < 6; round++) {
      const maps = new Map<string, number[]>();
      cell.operations.forEach((operation, node) => {
        const x = node === 0 ? channels : sourcesOf(cell, node).flatMap((source) => maps.get(`${source} ${node}`)!);
        sizes[node] = x.length;
        const mean = x.reduce((a, b) => a + b) / x.length;
        let y = x;
        if (operation === 'dwconv3x3') y = x.map((each) => Math.tanh(strength(node) * each + 0.1));
        if (operation === 'atten') y = x.map((each) => each / (1 + Math.exp(-strength(node) * mean)));
        if (operation === 'conv1x1') y = x.map(() => Math.tanh(strength(node) * mean - 0.2));
        const targets = targetsOf(cell, node);
        targets.forEach((target, i) => {
          const part = y.length / targets.length;
          maps.set(`${node} ${target}`, y.slice(i * part, (i + 1) * part));
        });
        if (operation === 'output') channels = channels.map((each, i) => (each + y[i]!) / 2);
      });
    }
    return channels.sort((a, b) => a - b);
  };
  run(() => 1);
  const kinds = cell.operations.map((operation, node) => `${operation} ${sizes[node]}`);
  let orders: number[][] = [[]];
  kinds.forEach((kind) => {
    const alike = kinds.flatMap((each, node) => (each === kind ? [node] : []));
    orders = orders.flatMap((order) => alike.filter((node) => !order.includes(node)).map((node) => [...order, node]));
  });
  // A layer's number depends on its kind, its size, and its rank among those alike.
  const results = orders.map((order) => {
    const strength = (node: number): number => {
      const rank = kinds.slice(0, order[node]).filter((kind) => kind === kinds[node]).length;
      const { length: kind } = cell.operations[node]!;
      return 0.3 + 0.9 * ((0.618 * (7 * kind + 3 * Math.log2(sizes[node]!) + 1.7 * rank)) % 1);
    };
    return run(strength)
      .map((each) => each.toFixed(9))
      .join(' ');
  });
  return results.sort()[0]!;
}
