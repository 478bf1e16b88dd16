import assert from 'node:assert/strict';
import { canonicalForm } from '../lib/src/benchmarks/nas-bench-201/canonical-form';
import {
  countOperation,
  EDGES,
  formatCell,
  isConnected,
  OPERATIONS,
  parseCell,
  type Cell,
} from '../lib/src/benchmarks/nas-bench-201/cell';
import { cellCost } from '../lib/src/benchmarks/nas-bench-201/cell-cost';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { networkForm } from '../lib/src/benchmarks/nas-bench-201/network-form';
import { Random } from '../lib/src/tensors/random';

const INDEX_0 = '|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|';

describe('cell', () => {
  it('is read from its architecture string and written back', () => {
    const cell = parseCell(INDEX_0);
    assert.deepEqual(cell, [
      'avg_pool_3x3',
      'nor_conv_1x1',
      'skip_connect',
      'nor_conv_1x1',
      'skip_connect',
      'skip_connect',
    ]);
    assert.equal(formatCell(cell), INDEX_0);
    assert.equal(countOperation(cell, 'skip_connect'), 3);
    assert.equal(countOperation(cell, 'none'), 0);
  });

  for (const [text, message] of [
    ['', /at character 1 found the end, expected "\|"/],
    ['|conv~0|', /at character 2 found "conv", expected one of none, skip_connect, nor_conv_1x1/],
    ['|~0|', /at character 2 found "~", expected one of none/],
    ['|none~1|', /at character 6 found "~1\|", expected "~0\|"/],
    ['|none~0|+|none~0|none~0|', /at character 22 found "~0\|", expected "~1\|"/],
    ['|none~0||none~0|none~1|', /at character 9 found "\|n", expected "\+\|"/],
    [`${INDEX_0}+|none~0|`, /at character 96 found "\+\|none~0\|", expected the end/],
    [INDEX_0.slice(0, -1), /at character 93 found "~2", expected "~2\|"/],
    ['(4, 0, 3, 1, 4)', /at character 1 found "\(", expected "\|"/],
    ['(4, 0, 3, 1, 4, 5)', /at character 1 found "\(", expected "\|"/],
    [`Structure(5 nodes with ${INDEX_0})`, /at character 1 found "S", expected "\|"/],
  ] as const) {
    it(`is refused where "${text}" goes wrong`, () => {
      assert.throws(() => parseCell(text), message);
    });
  }

  it('is read as other libraries write it', () => {
    const library = '|avg_pool_3x3~0|+|skip_connect~0|none~1|+|nor_conv_1x1~0|avg_pool_3x3~1|nor_conv_1x1~2|';
    for (const [text, architecture] of [
      // What NASLib's convert_op_indices_to_str gives, and the pair of its own test of queries.
      ['(4, 0, 3, 1, 4, 3)', library],
      ['(4, 3, 3, 0, 0, 0)', INDEX_0],
      ['[4, 3, 3, 0, 0, 0]', INDEX_0],
      [' (4,3,3,0,0,0) ', INDEX_0],
      [`Structure(4 nodes with ${library})`, library],
      [` ${INDEX_0}\t`, INDEX_0],
    ] as const) {
      assert.equal(formatCell(parseCell(text)), architecture);
    }
    // Each edge with an operation of its own: NASLib counts them by source, the benchmark by target.
    assert.equal(
      formatCell(parseCell('(2, 3, 4, 0, 1, 2)')),
      '|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_3x3~2|',
    );
  });

  it('is connected when its input reaches its output', () => {
    const connected = (...edges: number[]): boolean =>
      isConnected(edges.map((operation) => OPERATIONS[operation]!) as unknown as Cell);
    assert.equal(connected(0, 0, 0, 0, 0, 0), false);
    assert.equal(connected(0, 0, 0, 4, 0, 0), true);
    assert.equal(connected(3, 0, 3, 0, 0, 3), true); // 0 → 1 → 2 → 3
    assert.equal(connected(3, 3, 3, 0, 0, 0), false); // nothing enters node 3
    assert.equal(connected(0, 0, 3, 0, 3, 3), false); // nothing leaves node 0
    assert.equal(connected(3, 0, 0, 0, 0, 3), false); // node 1 is a dead end, node 2 gets nothing
  });
});

describe('cellCost', () => {
  // Protocol §1.3: constant, then the cost of a 3×3 and of a 1×1 convolution.
  for (const [dataset, mflops, parameters] of [
    ['cifar10', [7.78305, 35.38944, 3.93216], 73_306],
    ['cifar100', [7.7889, 35.38944, 3.93216], 79_156],
    ['imagenet16', [1.9534, 8.84736, 0.98304], 80_456],
  ] as const) {
    it(`is the closed form on ${dataset}`, () => {
      const cell = parseCell('|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|none~0|nor_conv_3x3~1|avg_pool_3x3~2|');
      const cost = cellCost(cell, dataset);
      assert.ok(Math.abs(cost.mflops - (mflops[0] + 3 * mflops[1] + mflops[2])) < 1e-9);
      assert.ok(Math.abs(cost.mparams * 1e6 - (parameters + 3 * 243_040 + 28_000)) < 1e-6);
    });
  }
});

describe('canonicalForm', () => {
  it("writes nodes out by the benchmark's rule", () => {
    const form = (text: string): string => canonicalForm(parseCell(text));
    assert.equal(form('|none~0|+|none~0|none~1|+|none~0|none~1|none~2|'), '#+#+#');
    assert.equal(
      form('|nor_conv_3x3~0|+|skip_connect~0|avg_pool_3x3~1|+|none~0|skip_connect~1|nor_conv_1x1~2|'),
      '#+(((0)@nor_conv_3x3)@avg_pool_3x3+0)@nor_conv_1x1+(0)@nor_conv_3x3',
    );
    // An operation on a zero is a zero.
    assert.equal(
      form('|none~0|+|skip_connect~0|nor_conv_3x3~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|'),
      form('|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_1x1~2|'),
    );
  });
});

describe('networkForm', () => {
  const form = (text: string): string => networkForm(parseCell(text));
  const same = (a: string, b: string): void => assert.equal(form(a), form(b));
  const different = (a: string, b: string): void => assert.notEqual(form(a), form(b));

  it('does not tell nodes 1 and 2 apart where nothing runs between them', () => {
    same(
      '|nor_conv_3x3~0|+|avg_pool_3x3~0|none~1|+|none~0|nor_conv_1x1~1|skip_connect~2|',
      '|avg_pool_3x3~0|+|nor_conv_3x3~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|',
    );
  });

  it('takes a skip for its source', () => {
    same(
      '|skip_connect~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|',
      '|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|',
    );
  });

  it('ignores what makes or gets only zeros, and what goes nowhere', () => {
    same(
      '|none~0|+|skip_connect~0|nor_conv_3x3~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|',
      '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_1x1~2|',
    );
    assert.equal(form('|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_1x1~2|'), '');
  });

  it('tells operations, order and wiring apart', () => {
    const chain = '|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|skip_connect~2|';
    different(chain, '|nor_conv_1x1~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|skip_connect~2|');
    different(chain, '|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|none~0|none~1|skip_connect~2|');
    different(chain, '|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|none~0|skip_connect~1|skip_connect~2|');
  });

  it('tells one convolution used twice from two convolutions', () => {
    const twice = '|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|none~0|skip_connect~1|skip_connect~2|';
    const two = '|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|skip_connect~2|';
    different(twice, two);
    assert.equal(canonicalForm(parseCell(twice)), canonicalForm(parseCell(two)), "the benchmark's rule does not");
  });

  it('is equal exactly where random functions in place of the operations give equal cells', () => {
    // Six random functions stand for weights. Averaging over all ways to deal them out to the six edges makes a number
    // that depends on the network alone; a wave on the output keeps 2a + b apart from a + b + c.
    const random = new Random(0, 'network form');
    const weights = Array.from({ length: 6 }, () => [3 * random.uniform(), random.uniform()] as const);
    const dealt = permutations([0, 1, 2, 3, 4, 5]).map((order) => order.map((i) => weights[i]!));
    const fingerprint = (cell: Cell): number => {
      let total = 0;
      for (const deal of dealt) {
        const nodes = [1, 0, 0, 0];
        EDGES.forEach(([source, target], edge) => {
          const x = nodes[source]!;
          const [a, b] = deal[edge]!;
          const operation = cell[edge];
          // Each takes zero to zero; a pool has no weights.
          if (operation === 'skip_connect') nodes[target]! += x;
          else if (operation === 'avg_pool_3x3') nodes[target]! += Math.sin(1.7 * x);
          else if (operation === 'nor_conv_1x1') nodes[target]! += Math.sin(a * x) + b * x;
          else if (operation === 'nor_conv_3x3') nodes[target]! += Math.atan(a * x) - b * x;
        });
        total += Math.cos(nodes[3]!);
      }
      return total / dealt.length;
    };
    const cells = new Random(1, 'cells').sample(15_625, 1_500);
    const prints = Array.from(cells, (id) => fingerprint(nasBench201.space().operations[id]!));
    const order = Array.from(prints.keys()).sort((i, j) => prints[i]! - prints[j]!);
    order.slice(1).forEach((j, n) => {
      const i = order[n]!;
      const equal = prints[j]! - prints[i]! < 1e-10;
      const pair = [nasBench201.space().cells[cells[i]!]!, nasBench201.space().cells[cells[j]!]!] as const;
      assert.equal(form(pair[0]) === form(pair[1]), equal, pair.join(' and '));
    });
  });
});

function permutations(items: number[]): number[][] {
  if (items.length < 2) return [items];
  return items.flatMap((first, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [first, ...rest]),
  );
}
