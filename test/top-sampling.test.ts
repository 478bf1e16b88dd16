import assert from 'node:assert/strict';
import { trainingPresets } from '../lib/src/predictors/training-settings';
import { batchTopSampling, firstNew, fullyTopSampling } from '../lib/src/search/top-sampling';
import { PoolGrowth } from '../lib/src/search/pool-growth';
import { siameseRanking } from '../lib/src/search/siamese-ranking';
import type { Acquisition, Ranker } from '../lib/src/search/acquisition';
import { checkpointScorer } from '../lib/src/search/checkpoint-scorer';
import { CodeLedger } from '../lib/src/search/code-ledger';
import { drawPools } from '../lib/src/search/sample-pool';
import { samplingSchedule, updateEpochs } from '../lib/src/search/sampling-schedule';
import { Random } from '../lib/src/tensors/random';
import { FakePredictor } from './fake-predictor';

const SIZE = 15625;
const { official, paper } = trainingPresets;

describe('sampling schedule', () => {
  it('is the table of protocol §3.6', () => {
    const table: [number, number, number, number, number][] = [
      [10, 7, 2, 0, 5],
      [20, 17, 5, 1, 3],
      [30, 27, 8, 1, 10],
      [40, 37, 11, 2, 8],
      [60, 57, 17, 4, 4],
      [100, 97, 29, 6, 14],
      [150, 147, 44, 10, 13],
      [200, 197, 59, 13, 21],
    ];
    for (const [budget, samples, initial, each, last] of table)
      assert.deepEqual(samplingSchedule(budget, 3), {
        samples,
        initial,
        updates: [...Array.from({ length: 9 }, () => each), last],
      });
  });

  it('spends every budget exactly', () => {
    for (const heldBack of [0, 3])
      for (let budget = 10; budget <= 300; budget++) {
        const { samples, initial, updates } = samplingSchedule(budget, heldBack);
        assert.equal(samples, budget - heldBack);
        assert.equal(
          updates.reduce((sum, k) => sum + k, initial),
          samples,
        );
        assert.ok(initial >= 2 && updates.every((k) => k >= 0));
      }
  });

  it('refuses budgets below 10 and fractions', () => {
    assert.throws(() => samplingSchedule(9, 3), /budget of 9 .* at least 10/);
    assert.throws(() => samplingSchedule(10.5, 0), /10\.5/);
  });

  it('updates after epochs 49, 58 … 130 (official) and 52, 64 … 160 (paper)', () => {
    assert.deepEqual(updateEpochs('official', official), [49, 58, 67, 76, 85, 94, 103, 112, 121, 130]);
    assert.deepEqual(updateEpochs('paper', paper), [52, 64, 76, 88, 100, 112, 124, 136, 148, 160]);
    assert.throws(
      () =>
        updateEpochs('official', { ...official, phases: [4, 10, 6].map((epochs) => ({ epochs, learningRate: 1 })) }),
      /no room for 10 sampling updates in 10 epochs/,
    );
  });
});

describe('sample pools', () => {
  it('are the same for all methods of a seed: a smaller draw begins a larger one', () => {
    const source = { labels: Float32Array.from({ length: 100 }, (_, i) => i / 2) };
    const [large] = drawPools([7], 40, source);
    const [small, other] = drawPools([7, 8], 12, source);
    assert.deepEqual(small!.positions, large!.positions.slice(0, 12));
    assert.notDeepEqual(small!.positions, other!.positions);
    assert.deepEqual(
      small!.labels,
      small!.positions.map((cell) => cell / 2),
    );
    assert.equal(new Set(large!.positions).size, 40);
    assert.deepEqual(large!.codes, []);
  });
});

describe('Batch Top Sampling', () => {
  const accuracies = Float32Array.from({ length: SIZE }, (_, cell) => cell / SIZE);

  function sample(budget: number, candidates: 'tenth' | 'all', codeEntries = 1) {
    const seeds = [1, 2, 3];
    const predictor = new FakePredictor(seeds, codeEntries, (cell) => cell);
    const ledger = new CodeLedger({ entries: 1, read: (cells) => Float32Array.from(cells) }, seeds.length);
    const source = codeEntries > 0 ? { labels: accuracies, readCodes: ledger.read } : { labels: accuracies };
    const schedule = samplingSchedule(budget, 3);
    const pools = drawPools(seeds, schedule.initial, source);
    const first = pools.map((pool) => [...pool.positions]);
    const epochs = updateEpochs('official', official);
    const acquisition = candidates === 'tenth' ? batchTopSampling : fullyTopSampling;
    const rank: Ranker = (cells, refined) =>
      siameseRanking(predictor, cells, refined, source.readCodes ?? (() => new Float32Array()));
    const sampling = new PoolGrowth({ acquisition, rank, pools, seeds, source, schedule, epochs });
    const sizes: number[] = [];
    for (let epoch = 1; epoch <= 203; epoch++) {
      sampling.afterEpoch(epoch);
      if (epochs.includes(epoch)) sizes.push(pools[0]!.positions.length);
    }
    return { pools, first, sampling, ledger, sizes, schedule };
  }

  it('ends with exactly m different cells, labels and codes in step', () => {
    for (const budget of [10, 30, 97, 200])
      for (const candidates of ['tenth', 'all'] as const) {
        const { pools, first } = sample(budget, candidates);
        pools.forEach((pool, repeat) => {
          assert.equal(new Set(pool.positions).size, budget - 3);
          assert.equal(pool.positions.length, budget - 3);
          assert.deepEqual(pool.positions.slice(0, first[repeat]!.length), first[repeat]);
          assert.deepEqual(pool.codes, pool.positions);
          assert.deepEqual(
            pool.labels,
            pool.positions.map((cell) => accuracies[cell]),
          );
        });
      }
  });

  it('grows as the schedule says', () => {
    const { sizes, schedule } = sample(100, 'tenth');
    let size = schedule.initial;
    assert.deepEqual(
      sizes,
      schedule.updates.map((k) => (size += k)),
    );
  });

  it('ranks a fresh tenth, or all cells, and counts them', () => {
    const batch = sample(100, 'tenth');
    assert.equal(batch.sampling.scoredCells, 10 * 1562);
    const full = sample(100, 'all');
    assert.equal(full.sampling.scoredCells, 10 * SIZE);
    // The fake predicts a cell's position, so Fully Top Sampling takes the last cells of the space.
    const added = full.pools[1]!.positions.slice(full.schedule.initial);
    const initial = new Set(full.first[1]);
    let cell = SIZE - 1;
    for (const taken of added) {
      while (initial.has(cell)) cell--;
      assert.equal(taken, cell--);
    }
  });

  it('takes the best new cells of the subset that the seed and the update draw', () => {
    const { pools, schedule } = sample(100, 'tenth');
    const known = new Set(pools[0]!.positions.slice(0, schedule.initial));
    const expected = [...new Random(1, 'top-sampling', 0).sample(SIZE, 1562)]
      .sort((a, b) => b - a)
      .filter((cell) => !known.has(cell))
      .slice(0, schedule.updates[0]);
    assert.deepEqual(pools[0]!.positions.slice(schedule.initial, schedule.initial + schedule.updates[0]!), expected);
    assert.notDeepEqual(pools[0]!.positions.slice(schedule.initial), pools[1]!.positions.slice(schedule.initial));
  });

  it('works for a predictor without estimation branch and reads no code', () => {
    const { pools, ledger } = sample(40, 'tenth', 0);
    assert.equal(pools[2]!.positions.length, 37);
    assert.deepEqual(pools[2]!.codes, []);
    assert.equal(ledger.used(2), 0);
  });

  it('reads at most N + 300 codes while it samples', () => {
    const { ledger } = sample(100, 'tenth');
    assert.ok(ledger.used(0) > 97 && ledger.used(0) <= 97 + 10 * 30);
  });

  it('refuses a budget that the candidates cannot fill', () => {
    const source = { labels: accuracies.slice(0, 500) };
    assert.throws(
      () =>
        new PoolGrowth({
          acquisition: batchTopSampling,
          rank: (cells) => [...cells],
          pools: [],
          seeds: [1],
          source,
          schedule: samplingSchedule(100, 3),
          epochs: [],
        }),
      /97 different cells among 50 candidates of 500 cells/,
    );
  });
});

describe('an acquisition of one’s own', () => {
  it('is a function of what is known, and its cells are trained', () => {
    const labels = Float32Array.from({ length: 100 }, (_, cell) => cell);
    const schedule = samplingSchedule(20, 0);
    const pools = drawPools([1], schedule.initial, { labels });
    const lowestNew: Acquisition = {
      candidates: (size) => size,
      pick: ({ pools: known, wanted }) =>
        known.map((pool) =>
          firstNew(
            Int32Array.from({ length: 100 }, (_, cell) => cell),
            pool,
            wanted,
          ),
        ),
    };
    const rank: Ranker = (cells) => [...cells];
    const source = { labels };
    const growth = new PoolGrowth({ acquisition: lowestNew, rank, pools, seeds: [1], source, schedule, epochs: [3] });
    for (let epoch = 1; epoch <= 5; epoch++) growth.afterEpoch(epoch);
    assert.equal(growth.scoredCells, 100);
    const added = pools[0]!.positions.slice(schedule.initial);
    assert.deepEqual(added, pools[0]!.labels.slice(schedule.initial));
    assert.equal(added.length, schedule.updates[0]);
    assert.ok(added.every((cell) => cell < 20));
  });
});

describe('checkpoint score', () => {
  it('is the true accuracy of the top cell of one fixed tenth of the space', () => {
    const accuracies = Float32Array.from({ length: 1000 }, (_, cell) => 100 - cell / 10);
    const predictor = new FakePredictor([1, 9], 1, (cell, seed) => (seed === 1 ? cell : -cell));
    const read = new Set<number>();
    const score = checkpointScorer(predictor, 'small', {
      labels: accuracies,
      readCodes: (_, cells) => Float32Array.from(Array.from(cells), (cell) => (read.add(cell), cell)),
    });
    const first = score();
    assert.deepEqual(score(), first);
    assert.equal(read.size, 60);
    const subset = [...new Random(0, 'checkpoint', 'small').sample(1000, 100)].sort((a, b) => b - a);
    // The fake's fine prediction is the position: the highest of the 30 that the coarse one puts first.
    assert.deepEqual(first, [accuracies[subset[0]!], accuracies[subset[70]!]]);
  });
});
