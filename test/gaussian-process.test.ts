import assert from 'node:assert/strict';
import { sum } from 'simple-statistics';
import { sampleCorrelation } from 'simple-statistics';
import { cellLogSynflow } from '../lib/src/benchmarks/nas-bench-201/cell-synflow';
import { isConnected } from '../lib/src/benchmarks/nas-bench-201/cell';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { NANO_LABELS } from '../lib/src/benchmarks/tiny-nano-bench/cell-graph';
import { tinyNanoBench } from '../lib/src/benchmarks/tiny-nano-bench/tiny-nano-bench';
import { type GraphEncoding } from '../lib/src/benchmarks/search-space';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import {
  gaussianProcess,
  GaussianProcessSearch,
  PATH_SUM_REGRESSION,
  SCORE_AS_MEAN,
  SCORE_PRIOR,
  SCORES_ON_TRIAL,
} from '../lib/src/search/gaussian-process';
import {
  logExpectedImprovement,
  logMixedImprovement,
  type Opinion,
  worth,
} from '../lib/src/search/gaussian-process/acquisition';
import { hammingKernel } from '../lib/src/search/gaussian-process/hamming-kernel';
import { type Kernel, withCache } from '../lib/src/search/gaussian-process/kernel';
import { normalScores } from '../lib/src/statistics/normal-scores';
import { pathSumKernel } from '../lib/src/search/gaussian-process/path-sum-kernel';
import { drawGains, pathSums } from '../lib/src/search/gaussian-process/path-sums';
import { Posterior } from '../lib/src/search/gaussian-process/posterior';
import { searchModel } from '../lib/src/search/gaussian-process/search-model';
import { weisfeilerLehmanKernel } from '../lib/src/search/gaussian-process/weisfeiler-lehman-kernel';
import { codeTable } from '../lib/src/tables/code-table';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { joinedCodes } from '../lib/src/tables/joined-codes';
import { loadCodes } from '../lib/src/tables/load-codes';
import { Random } from '../lib/src/tensors/random';

const near = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual} ≠ ${expected}`);

const space = nasBench201.space();
const fewGains = { gains: 8, spread: 2 };

/** Two cells of five nodes, labels 0 input, 1 and 2 operations, 3 output, 4 padding; the second cell is shorter. */
const graphs: GraphEncoding = {
  count: 2,
  nodes: 5,
  features: 5,
  hot: Uint8Array.from([0, 1, 2, 2, 3, 0, 1, 3, 4, 4]),
  adjacency: adjacencyOf(5, [
    ['0→1', '0→2', '1→3', '2→3', '2→4', '3→4'],
    ['0→1', '0→2', '1→2'],
  ]),
  roles: ['pass', 'operation', 'operation', 'pass', 'pass'],
};

function adjacencyOf(nodes: number, cells: string[][]): Float32Array {
  const adjacency = new Float32Array(cells.length * nodes * nodes);
  cells.forEach((edges, cell) => {
    const set = (from: number, to: number): number => (adjacency[(cell * nodes + from) * nodes + to] = 1);
    for (let node = 0; node < nodes; node++) set(node, node);
    for (const edge of edges) set(Number(edge[0]), Number(edge[2]));
  });
  return adjacency;
}

describe('pathSums', () => {
  it('sums the products of gains over all ways, and leaves padding out', () => {
    const [a, b] = [3, 5];
    const sums = pathSums(graphs, [0, 1], Float64Array.from([1, a, b, 1, 1]));
    assert.deepEqual(Array.from(sums), [a * b + b * b + b, a + 1]);
  });

  it('is n3 of the closed form in NAS-Bench-201', () => {
    const { features, roles } = space.graphs;
    const gains = drawGains(space.graphs, fewGains);
    roles!.forEach((role, column) => {
      if (role === 'pass' || role === 'stop') assert.equal(gains[column], role === 'pass' ? 1 : 0);
      else assert.notEqual(gains[column], 1);
    });
    const columns = { none: 1, skip_connect: 0, nor_conv_1x1: 6, nor_conv_3x3: 5, avg_pool_3x3: 7 };
    const cells = Int32Array.from({ length: 300 }, (_, i) => 52 * i);
    const sums = pathSums(space.graphs, cells, gains);
    cells.forEach((cell, i) => {
      for (let g = 0; g < fewGains.gains; g++) {
        const [g01, g02, g12, g03, g13, g23] = space.operations[cell]!.map(
          (operation) => gains[g * features + columns[operation]]!,
        ) as [number, number, number, number, number, number];
        const n1 = g01;
        const n2 = g02 + g12 * n1;
        near(sums[i * fewGains.gains + g]!, g03 + g13 * n1 + g23 * n2);
      }
    });
  });

  it('takes operations alone in Tiny-NanoBench: input, output and split pass data on', () => {
    const nano = tinyNanoBench.space();
    const gains = drawGains(nano.graphs, fewGains);
    const at = (text: string): number => nano.positionOf(text);
    const cells = [at('input|output~0'), at('input|split~0|atten~1|dwconv3x3~1|output~2~3')];
    const sums = pathSums(nano.graphs, cells, gains);
    const [depthwise, gate] = [NANO_LABELS.indexOf('dwconv3x3'), NANO_LABELS.indexOf('atten')];
    for (let g = 0; g < fewGains.gains; g++) {
      near(sums[g]!, 1);
      const [first, second] = [gate, depthwise].map((column) => gains[g * nano.graphs.features + column]!);
      near(sums[fewGains.gains + g]!, first! + second!);
    }
  });

  it('depends on nothing that lies on no way to the output', () => {
    const gains = drawGains(space.graphs, fewGains);
    const at = (text: string): number => space.cells.indexOf(text);
    const first = at('|nor_conv_3x3~0|+|none~0|none~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|');
    const dead = at('|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|');
    assert.deepEqual(pathSums(space.graphs, [first], gains), pathSums(space.graphs, [dead], gains));
  });
});

describe('kernels of graphs', () => {
  const cells = Int32Array.from({ length: 40 }, (_, i) => 390 * i);
  const kernels: Record<string, Kernel> = {
    pathSum: pathSumKernel(space.graphs, cells, fewGains),
    hamming: hammingKernel(space.graphs, cells),
    weisfeilerLehman: weisfeilerLehmanKernel(space.graphs, cells),
  };

  for (const [name, kernel] of Object.entries(kernels)) {
    it(`${name} is symmetric, has its diagonal, and is positive definite with noise`, () => {
      const rows = Array.from(cells, (_, i) => kernel.row(i).slice());
      rows.forEach((row, i) => {
        near(row[i]!, kernel.diagonal[i]!);
        row.forEach((value, j) => near(value, rows[j]![i]!));
      });
      const posterior = new Posterior(kernel, 0.01);
      cells.forEach((_, i) => posterior.add(i));
      posterior.variance.forEach((variance) => assert.ok(variance > -1e-9 && variance < 0.01 + 1e-9));
    });
  }

  it('path sums of the two small graphs, each standardised to ±1', () => {
    const kernel = pathSumKernel(graphs, [0, 1], fewGains);
    near(kernel.row(0)[0]!, 2);
    near(kernel.row(0)[1]!, 0);
  });

  it('counts the labels and edges that differ', () => {
    assert.deepEqual(Array.from(hammingKernel(graphs, [0, 1]).row(0)), [2, 1 + 0.4 ** (3 + 5)]);
    const [first, second] = [space.cells.indexOf(cellOf('skip')), space.cells.indexOf(cellOf('none'))];
    near(hammingKernel(space.graphs, [first, second]).row(0)[1]!, 1.4);
  });

  it('Weisfeiler-Lehman sees only what is on a way to the output, in whatever place', () => {
    const at = (text: string): number => space.cells.indexOf(text);
    const first = at('|nor_conv_3x3~0|+|none~0|none~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|');
    const dead = at('|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|');
    const moved = at('|none~0|+|nor_conv_3x3~0|none~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|');
    const other = at('|nor_conv_1x1~0|+|none~0|none~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|');
    const row = weisfeilerLehmanKernel(space.graphs, [first, dead, moved, other]).row(0);
    near(row[1]!, row[0]!);
    assert.ok(row[3]! < row[0]!);
    assert.ok(row[2]! > row[3]!, 'the way 0→2→3 holds the same operations as 0→1→3');
  });
});

function cellOf(last: 'skip' | 'none'): string {
  return `|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|${last === 'skip' ? 'skip_connect' : 'none'}~2|`;
}

describe('Posterior', () => {
  const cells = Int32Array.from({ length: 12 }, (_, i) => 1000 * i);
  const kernel = hammingKernel(space.graphs, cells);
  const noise = 0.3;
  const given = [3, 7, 3, 11];
  const values = [1, -0.5, 0.8, 0.1];

  /** K + noise · I of the given cells, solved for a right side by Gauss's elimination. */
  function solve(right: readonly number[]): number[] {
    const n = given.length;
    const rows = given.map((a, i) => [...given.map((b, j) => kernel.row(a)[b]! + (i === j ? noise : 0)), right[i]!]);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        const factor = rows[j]![i]! / rows[i]![i]!;
        for (let k = 0; k <= n; k++) rows[j]![k]! -= factor * rows[i]![k]!;
      }
    }
    return rows.map((row, i) => row[n]! / row[i]!);
  }
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

  it('is the textbook formula', () => {
    const posterior = new Posterior(kernel, noise);
    given.forEach((cell) => posterior.add(cell));
    const mean = posterior.mean(values);
    cells.forEach((_, cell) => {
      const covariances = given.map((each) => kernel.row(each)[cell]!);
      near(mean[cell]!, dot(covariances, solve(values)));
      near(posterior.variance[cell]!, kernel.diagonal[cell]! - dot(covariances, solve(covariances)));
    });
  });

  it('weighs what was seen by its density, factor by factor', () => {
    const posterior = new Posterior(kernel, noise);
    let expected = 0;
    given.forEach((cell, i) => {
      const mean = posterior.mean(values.slice(0, i))[cell]!;
      const variance = posterior.variance[cell]! + noise;
      expected -= Math.log(2 * Math.PI * variance) / 2 + (values[i]! - mean) ** 2 / (2 * variance);
      posterior.add(cell);
      near(sum(posterior.logDensities(values.slice(0, i + 1))), expected);
    });
  });

  it('does not move the mean for cells whose value is not known yet, only the variance', () => {
    const [known, more] = [new Posterior(kernel, noise), new Posterior(kernel, noise)];
    for (const cell of [3, 7]) for (const posterior of [known, more]) posterior.add(cell);
    const before = known.mean([1, -0.5]);
    more.add(5);
    assert.deepEqual(more.mean([1, -0.5]), before);
    more.mean([1, -0.5, before[5]!]).forEach((value, cell) => near(value, before[cell]!));
    assert.ok(more.variance[5]! < known.variance[5]!);
  });
});

describe('normalScores', () => {
  it('depends on the order alone, is symmetric, and gives equal values the score of their mean rank', () => {
    const scores = normalScores([10, 70, 71, 72, 90]);
    assert.deepEqual(scores, normalScores([1, 2, 3, 4, 5]));
    near(scores[0]!, -scores[4]!);
    assert.equal(scores[2], 0);
    near(scores[4]!, 1.2816, 2e-3); // the 90 % quantile
    assert.deepEqual(Array.from(normalScores([5, 5, 5])), [0, 0, 0]);
    const tied = normalScores([1, 4, 4, 9]);
    assert.deepEqual(Array.from(tied.subarray(1, 3)), [0, 0]);
    assert.equal(normalScores([]).length, 0);
  });
});

describe('logExpectedImprovement', () => {
  it('is the integral', () => {
    for (const [mean, deviation, best] of [
      [0, 1, 0],
      [1.5, 0.5, 1],
      [-1, 0.4, 1],
      [-3, 0.6, 0],
      [20, 1, 0],
    ] as const) {
      let integral = 0;
      const step = deviation / 2000;
      for (let y = best + step / 2; y < Math.max(best, mean) + 12 * deviation; y += step) {
        integral += (step * (y - best) * Math.exp(-(((y - mean) / deviation) ** 2) / 2)) / deviation;
      }
      near(logExpectedImprovement(mean, deviation, best), Math.log(integral / Math.sqrt(2 * Math.PI)), 1e-6);
    }
  });

  it('still tells hopeless cells apart, and joins where the formulas change', () => {
    const at = (u: number): number => logExpectedImprovement(u, 1, 0);
    assert.ok(at(-60) > at(-61) && at(-61) > -Infinity);
    near(at(-40), -800 - Math.log(2 * Math.PI) / 2 + Math.log(1 / 1600) + Math.log(1 - 3 / 1600), 1e-5);
    near(at(-2 + 1e-9), at(-2 - 1e-9), 1e-8);
  });
});

describe('worth', () => {
  const opinion = (mean: number[], deviation: number[], weight: number): Opinion => ({
    mean: Float64Array.from(mean),
    deviation: Float64Array.from(deviation),
    weight,
  });
  const experts = [opinion([0, 1], [1, 0.5], 0.25), opinion([2, -1], [0.1, 2], 0.75), opinion([9, 9], [1, 1], 0)];
  const random = new Random(0, 'worth');

  it('is the expected improvement on average over what experts say', () => {
    for (const candidate of [0, 1]) {
      const each = experts.map(
        ({ mean, deviation, weight }) =>
          weight * Math.exp(logExpectedImprovement(mean[candidate]!, deviation[candidate]!, 1.5)),
      );
      near(logMixedImprovement(experts, candidate, 1.5), Math.log(each.reduce((sum, x) => sum + x, 0)));
      near(
        worth('expected-improvement', experts, 1.5, random)(candidate, -Infinity),
        logMixedImprovement(experts, candidate, 1.5),
      );
    }
  });

  it('says −∞ of what is surely worth less than asked for, and nothing else', () => {
    const draw = new Random(3, 'opinions');
    for (let i = 0; i < 500; i++) {
      const some = [0.4, 0.6].map((weight) => opinion([4 * draw.normal()], [0.2 + 2 * draw.uniform()], weight));
      const exact = logMixedImprovement(some, 0, 1);
      for (const below of [exact - 1, exact]) near(logMixedImprovement(some, 0, 1, below), exact);
      assert.ok(logMixedImprovement(some, 0, 1, exact + 1) <= exact);
    }
    assert.equal(logMixedImprovement([opinion([-9], [1], 1)], 0, 1, -10), -Infinity);
  });

  it('or the upper bound, or a draw', () => {
    near(worth('upper-bound', experts, 1.5, random)(0, -Infinity), 0.25 * 1 + 0.75 * 2.1);
    const draws = Array.from({ length: 4000 }, () => worth('thompson', experts, 1.5, random)(0, -Infinity));
    near(draws.reduce((sum, x) => sum + x, 0) / 4000, 0.25 * 0 + 0.75 * 2, 0.05);
    assert.ok(Math.max(...draws) < 5, 'an expert that nobody believes is never drawn');
  });
});

describe('cellLogSynflow', () => {
  it('is the measured column up to the chance of one initialisation (Pearson .9999)', () => {
    const measured = loadCodes(nasBench201, 'synflow');
    const cells = Int32Array.from(space.cells.keys()).filter((position) => isConnected(space.operations[position]!));
    const closed = Array.from(cells, (position) => cellLogSynflow(space.operations[position]!));
    assert.ok(sampleCorrelation(closed, Array.from(measured.read(cells))) > 0.9998);
  });

  it('is minus infinity exactly where nothing flows', () => {
    for (const cell of space.operations) assert.equal(cellLogSynflow(cell) > -Infinity, isConnected(cell));
  });
});

describe('neighbours', () => {
  it('are the cells one operation away, in the smaller space those inside', () => {
    for (const [each, count] of [
      [space, 6 * 4],
      [tinyNasBench201.space(), 6 * 3],
    ] as const) {
      for (const position of [0, 1, 1234, each.size - 1]) {
        const neighbours = each.neighbours(position);
        assert.equal(new Set(neighbours).size, count);
        assert.deepEqual(neighbours, neighbours.slice().sort());
        for (const neighbour of neighbours) {
          assert.equal(each.operations[neighbour]!.filter((o, e) => o !== each.operations[position]![e]).length, 1);
          assert.ok(each.neighbours(neighbour).includes(position));
        }
      }
    }
  });
});

describe('gaussianProcess', () => {
  const tiny = tinyNasBench201.space();
  const labels = loadAccuracies(tinyNasBench201, 'cifar10').score.values;
  const problem = { space: tiny, labels };
  const settings = PATH_SUM_REGRESSION;

  it('trains different networks, is decided by the seed alone, and goes on where a smaller budget ends', () => {
    const method = gaussianProcess('gp', settings);
    const [first, second] = method.search(problem, 20, [1, 2]);
    assert.deepEqual(method.search(problem, 20, [2])[0], second);
    assert.notDeepEqual(first!.trained, second!.trained);
    assert.deepEqual(method.search(problem, 12, [1])[0]!.trained, first!.trained.slice(0, 12));
    const { representativeOf } = equalNetworks(tiny);
    assert.equal(new Set(first!.trained.map((position) => representativeOf[position]!)).size, 20);
    assert.deepEqual(
      Array.from(first!.ranking!).sort((a, b) => a - b),
      Array.from(tiny.cells.keys()),
    );
    assert.equal(first!.codesUsed, undefined);
  });

  it('finds the best cell of CIFAR-100 in a few dozen trainings, from labels alone', () => {
    const { label, bestPosition } = loadAccuracies(nasBench201, 'cifar100');
    const results = gaussianProcess('gp', settings).search({ space, labels: label.values }, 30, [0, 1, 2]);
    for (const { trained } of results) assert.ok(trained.includes(bestPosition));
  });

  it('asks in batches and is told in whatever order', () => {
    const model = searchModel(problem, settings);
    const [one, other] = [0, 0].map((seed) => new GaussianProcessSearch(model, settings, seed));
    const drawn = one!.ask(3);
    assert.deepEqual(other!.ask(3), drawn);
    for (const { position, belief } of drawn) {
      assert.equal(belief, undefined);
      one!.tell(position, labels[position]!);
    }
    for (const { position } of [...drawn].reverse()) other!.tell(position, labels[position]!);
    const proposals = one!.ask(4);
    assert.equal(new Set([...drawn, ...proposals].map(({ position }) => position)).size, 7);
    proposals.forEach(({ belief }) => assert.ok(belief!.deviation > 0 && belief!.expectedImprovement > 0));
    near(other!.ask(1)[0]!.belief!.expectedImprovement, proposals[0]!.belief!.expectedImprovement);
    assert.throws(() => one!.ask(9999), RangeError);
    proposals.slice(1).forEach(({ position }) => one!.tell(position, labels[position]!));
    assert.ok(!one!.ask(1).some(({ position }) => position === proposals[0]!.position), 'it is still out');
  });

  it('goes on from cells that somebody else trained', () => {
    const model = searchModel(problem, settings);
    const search = new GaussianProcessSearch(model, settings, 0);
    const known = new Random(0, 'known').sample(tiny.size, 10);
    known.forEach((position) => search.tell(position, labels[position]!));
    const [proposal] = search.ask(1);
    assert.ok(proposal!.belief, 'nothing is drawn at random any more');
    assert.ok(!known.includes(proposal!.position));
  });

  it('follows a score from the start, if told to, and refuses to without one', () => {
    const method = gaussianProcess('gp', { ...SCORE_PRIOR, initial: 0 });
    const score = codeTable(tiny, Float32Array.from(labels), { name: 'oracle', recipe: '', trainingsPerCode: 0 });
    const [result] = method.search({ ...problem, codes: score }, 1, [0]);
    assert.equal(
      labels[result!.trained[0]!],
      Math.max(...Array.from(equalNetworks(tiny).representatives, (p) => labels[p]!)),
    );
    assert.equal(result!.codesUsed, equalNetworks(tiny).representatives.length);
    assert.throws(() => method.search(problem, 1, [0]), /needs a source of scores/);
    assert.throws(() => method.search({ ...problem, codes: score }, 5000, [0]), RangeError);
  });

  for (const [name, trial] of Object.entries({ SCORES_ON_TRIAL, SCORE_AS_MEAN }))
    it(`${name} soon ignores a score that says nothing, and believes one that says all`, () => {
      const noise = new Random(0, 'noise').sample(tiny.size, tiny.size);
      const [wrong, right] = [Float32Array.from(noise), Float32Array.from(labels)].map((values) =>
        codeTable(tiny, values, { name: 'score', recipe: '', trainingsPerCode: 0.5 }),
      );
      const known = new Random(1, 'known').sample(tiny.size, 40);
      const weights = (codes: typeof wrong): number[] => {
        const search = new GaussianProcessSearch(searchModel({ space: tiny, codes }, trial), trial, 0);
        known.forEach((position) => search.tell(position, labels[position]!));
        return search.ask(1)[0]!.belief!.weights;
      };
      assert.ok(weights(wrong)[1]! < 0.01, weights(wrong).join());
      const both = joinedCodes([wrong!, right!]);
      assert.deepEqual([both.entries, both.trainingsPerCode], [2, 1]);
      assert.deepEqual(Array.from(both.read([5])), [noise[5], Math.fround(labels[5]!)]);
      const joint = weights(both as typeof wrong);
      assert.equal(joint.length, 3);
      near(joint[0]! + joint[1]! + joint[2]!, 1);
      assert.ok(joint[2]! > 100 * joint[1]!, joint.join());
    });

  it('keeps rows of a kernel without changing them', () => {
    let asked = 0;
    const plain = hammingKernel(tiny.graphs, [0, 1, 2]);
    const cached = withCache({ ...plain, row: (cell) => (asked++, plain.row(cell)) }, 2);
    for (const cell of [0, 1, 0, 2, 1, 0]) assert.deepEqual(cached.row(cell), plain.row(cell));
    assert.equal(asked, 4); // 0, 1, 2, and 0 again, which 2 had pushed out
  });
});
