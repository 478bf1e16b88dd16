import assert from 'node:assert/strict';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import type { Method, SearchProblem } from '../lib/src/search/method';
import { findMethod } from '../lib/src/search/methods';
import { randomSearch } from '../lib/src/search/random-search';
import { localSearch } from '../lib/src/search/rivals/local-search';
import { randomDraws } from '../lib/src/search/rivals/random-draws';
import { mutate } from '../lib/src/search/rivals/mutate';
import {
  EVOLUTION_OF_NAS_BENCH_201,
  type EvolutionSettings,
  regularisedEvolution,
} from '../lib/src/search/rivals/regularised-evolution';
import { topOfScore } from '../lib/src/search/rivals/top-of-score';
import { drawPools } from '../lib/src/search/sample-pool';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { codeTable } from '../lib/src/tables/code-table';
import { loadCodes } from '../lib/src/tables/load-codes';
import { Random } from '../lib/src/tensors/random';

const space = nasBench201.space();
const { label, best, bestPosition } = loadAccuracies(nasBench201, 'cifar100');
const labels = label.values;
const problem: SearchProblem = { space, labels, codes: loadCodes(nasBench201, 'flops') };
const seeds = Array.from({ length: 40 }, (_, seed) => seed);
const { representativeOf } = equalNetworks(space);

/** Six cells in a row, each the neighbour of those beside it. */
const row = {
  ...space,
  name: 'a row',
  size: 6,
  cells: space.cells.slice(0, 6),
  ids: space.ids.slice(0, 6),
  networkForm: String,
  neighbours: (position: number) => Int32Array.from([position - 1, position + 1]).filter((p) => p >= 0 && p < 6),
};

const bestOf = (trained: readonly number[], first = trained.length): number =>
  Math.max(...trained.slice(0, first).map((position) => labels[position]!));
const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const different = (positions: readonly number[]): number => new Set(positions).size;
const networks = (positions: readonly number[]): number => different(positions.map((p) => representativeOf[p]!));

const methods: Record<string, (distinct: boolean) => Method> = {
  'random search': randomDraws,
  evolution: (distinct) => regularisedEvolution({ ...EVOLUTION_OF_NAS_BENCH_201, distinct }),
  'local search': (distinct) => localSearch({ start: 'random', move: 'best', distinct }),
  'local search, first better': (distinct) => localSearch({ start: 'random', move: 'first', distinct }),
  'local search from a score': (distinct) => localSearch({ start: 'score', move: 'best', distinct }),
  'top of a score': topOfScore,
};

describe('rivals by trial and error', () => {
  for (const [name, make] of Object.entries(methods)) {
    it(`${name} trains as many different cells as it may, or networks if it knows them, by its seed alone`, () => {
      const [first, second] = make(false).search(problem, 300, [3, 4]);
      assert.equal(different(first!.trained), 300);
      assert.deepEqual(make(false).search(problem, 300, [4])[0], second);
      assert.notDeepEqual(first!.trained, second!.trained);
      assert.deepEqual(make(false).search(problem, 150, [3])[0]!.trained, first!.trained.slice(0, 150));
      assert.equal(networks(make(true).search(problem, 300, [3])[0]!.trained), 300);
      assert.throws(() => make(true).search(problem, 5261, [3]), RangeError);
      assert.equal(networks(make(true).search(problem, 5260, [3])[0]!.trained), 5260, 'it can train them all');
      assert.ok(networks(make(false).search(problem, 5260, [3])[0]!.trained) < 5260, 'it trains equal networks again');
    });
  }
});

describe('randomDraws', () => {
  it('begins with the pool that predictors of the same seed are trained on', () => {
    const [pool] = drawPools([7], 20, { labels });
    assert.deepEqual(randomDraws(false).search(problem, 20, [7])[0]!.trained, pool!.positions);
  });

  it('is worth its exact expectation (protocol §5.5)', () => {
    const found = randomDraws(false)
      .search(problem, 100, seeds)
      .map(({ trained }) => bestOf(trained));
    const spread = Math.sqrt(average(found.map((each) => (each - average(found)) ** 2)) / found.length);
    assert.ok(Math.abs(average(found) - randomSearch(labels, 100)) < 3 * spread);
  });
});

describe('mutate', () => {
  it('changes each of six operations with probability ¼', () => {
    const random = new Random(0, 'mutate');
    const changes = Array.from({ length: 4000 }, () => {
      const from = random.integer(space.size);
      const edges = [from, mutate(from, space.neighbours, random)].map((position) => space.operations[position]!);
      return edges[0]!.filter((operation, edge) => operation !== edges[1]![edge]).length;
    });
    // Two changes that meet in one edge count once, or not at all.
    assert.ok(Math.abs(average(changes) - 1.33) < 0.06, `${average(changes)}`);
    const unchanged = changes.filter((count) => count === 0).length / changes.length;
    assert.ok(Math.abs(unchanged - 0.75 ** 6) < 0.03, `${unchanged}`);
  });
});

describe('regularisedEvolution', () => {
  const naszilla: EvolutionSettings = {
    ...EVOLUTION_OF_NAS_BENCH_201,
    population: 30,
    mutation: 'naszilla',
    again: true,
  };

  it('pays for a known child if told to, and else trains it once', () => {
    const [{ trained }] = regularisedEvolution(naszilla).search(problem, 200, [1]) as [{ trained: number[] }];
    assert.equal(trained.length, 200);
    assert.ok(different(trained) < 190, `${different(trained)}`);
    const [once] = regularisedEvolution({ ...naszilla, again: false }).search(problem, 200, [1]);
    assert.equal(different(once!.trained), 200);
  });

  it('lets its population grow to its size', () => {
    // With one alive every cell is a neighbour of the one before it; with more, an earlier one may be the parent.
    const growing: EvolutionSettings = { ...EVOLUTION_OF_NAS_BENCH_201, initial: 1, population: 3 };
    const [{ trained }] = regularisedEvolution(growing).search(problem, 40, [2]) as [{ trained: number[] }];
    const parents = trained.map((_, i) => trained.slice(0, i).map((before) => [...space.neighbours(before)]));
    assert.ok(trained.every((position, i) => i === 0 || parents[i]!.some((around) => around.includes(position))));
    assert.ok(trained.some((position, i) => i > 0 && !parents[i]!.at(-1)!.includes(position)));
  });

  it('is better than random search with as many trainings', () => {
    for (const settings of [EVOLUTION_OF_NAS_BENCH_201, naszilla]) {
      const found = regularisedEvolution(settings)
        .search(problem, 200, seeds.slice(0, 20))
        .map(({ trained }) => bestOf(trained));
      assert.ok(average(found) > randomSearch(labels, 200) + 0.5, `${average(found)}`);
    }
  });

  it('goes from the best of its sample to a neighbour', () => {
    const settings = { ...EVOLUTION_OF_NAS_BENCH_201, population: 1, initial: 1 };
    const heights = [1, 2, 3, 4, 5, 6];
    const [{ trained }] = regularisedEvolution(settings).search({ space: row, labels: heights }, 6, [0]) as [
      { trained: number[] },
    ];
    assert.equal(different(trained), 6);
    trained.slice(1).forEach((position, i) => {
      const near = trained.slice(0, i + 1).some((before) => Math.abs(before - position) === 1);
      assert.ok(near, `${position} after ${trained.slice(0, i + 1).join()}`);
    });
  });

  it('needs to know the neighbours', () => {
    const lost = { ...problem, space: { ...space, neighbours: undefined } };
    assert.throws(() => regularisedEvolution(naszilla).search(lost, 20, [0]), /neighbours/);
  });
});

describe('localSearch', () => {
  it('climbs to the top of a hill and starts anew', () => {
    const heights = [5, 4, 1, 2, 3, 2.5];
    const method = localSearch({ start: 'random', move: 'best', distinct: false });
    const results = method.search({ space: row, labels: heights }, 6, [0, 1, 2, 3]);
    for (const { trained } of results) {
      assert.equal(different(trained), 6);
      const firstIsRight = trained[0]! >= 3; // the hill of height 3, or that of height 5
      const tops = [trained.indexOf(firstIsRight ? 4 : 0), trained.indexOf(firstIsRight ? 0 : 4)];
      if (trained[0] !== 2) assert.ok(tops[0]! < tops[1]!, trained.join());
    }
  });

  it('reaches the best cell of CIFAR-100 in a few hundred trainings', () => {
    const found = localSearch({ start: 'random', move: 'best', distinct: false })
      .search(problem, 500, seeds.slice(0, 20))
      .filter(({ trained }) => bestOf(trained) === best);
    assert.ok(found.length >= 15, `${found.length} of 20`);
  });

  it('moves as soon as a neighbour is better, if told so', () => {
    const method = localSearch({ start: 'random', move: 'first', distinct: false });
    for (const { trained } of method.search(problem, 20, [0, 1, 2, 3])) {
      let at = trained[0]!; // 24 neighbours: 20 trainings end before it can start anew
      for (const next of trained.slice(1)) {
        assert.ok(space.neighbours(at).includes(next));
        if (labels[next]! > labels[at]!) at = next;
      }
    }
    const found = method.search(problem, 60, seeds).map(({ trained }) => bestOf(trained));
    const slow = localSearch({ start: 'random', move: 'best', distinct: false }).search(problem, 60, seeds);
    assert.ok(average(found) > average(slow.map(({ trained }) => bestOf(trained))), 'sooner up the hill');
  });

  it('needs a score to start from its top', () => {
    const method = localSearch({ start: 'score', move: 'best', distinct: false });
    assert.equal(method.readsCodes, true);
    assert.throws(() => method.search({ space, labels }, 20, [0]), /score/);
  });
});

describe('topOfScore', () => {
  it('trains by the first entry, equals in random order, and ranks the whole space', () => {
    const tiny = tinyNasBench201.space();
    const scores = Float32Array.from({ length: 2 * tiny.size }, (_, i) => (i % 2 === 0 ? Math.floor(i / 200) : -i));
    const codes = codeTable(tiny, scores, { name: 'steps', recipe: '', trainingsPerCode: 0 });
    const accuracies = new Float64Array(tiny.size);
    const results = topOfScore(false).search({ space: tiny, labels: accuracies, codes }, 96, [0, 1]);
    for (const { trained, ranking, codesUsed } of results) {
      const last = trained.map((position) => tiny.size - position);
      assert.ok(
        last.every((distance) => distance <= 96),
        'the highest step',
      );
      assert.deepEqual(Array.from(ranking!.subarray(0, 96)), trained);
      assert.equal(different(Array.from(ranking!)), tiny.size);
      assert.equal(codesUsed, tiny.size);
    }
    assert.notDeepEqual(results[0]!.trained, results[1]!.trained);
    assert.throws(() => topOfScore(false).search({ space, labels }, 5, [0]), /score/);
  });

  it('finds the best network of CIFAR-100 among the ten of highest synflow', () => {
    const [{ trained }] = topOfScore(true).search(
      { ...problem, codes: loadCodes(nasBench201, 'synflow') },
      10,
      [0],
    ) as [{ trained: number[] }];
    assert.ok(trained.includes(bestPosition));
  });
});

describe('options of rivals', () => {
  it('are refused where they would search in silence as something else, for ever or not at all', () => {
    for (const [method, changes, message] of [
      ['local-search', { move: 'frist' }, /option move takes "best" or "first", not "frist"/],
      ['evolution', { mutation: 'none' }, /takes "one change" or "naszilla"/],
      ['path-sum-regression', { acquisition: 'ucb' }, /takes "expected-improvement" or/],
      ['path-sum-regression', { batch: 0 }, /option batch takes a whole number from 1 on, not 0/],
      ['evolution', { initial: 0 }, /initial takes a whole number/],
      ['bananas', { perRound: 1.5 }, /perRound takes a whole number/],
    ] as const)
      assert.throws(() => findMethod(method, { changes }), message);
    assert.ok(findMethod('evolution', { changes: { population: 1, again: true } }));
  });

  it('a population may be smaller than what is drawn first', () => {
    const found = [1, 2, 5, 10].map((population) => {
      const evolution = regularisedEvolution({ ...EVOLUTION_OF_NAS_BENCH_201, population });
      return evolution.search(problem, 40, [1])[0]!.trained.join();
    });
    assert.equal(new Set(found).size, 4);
  });
});
