import assert from 'node:assert/strict';
import { spearmanInterval } from '../lib/src/experiments/rank-comparison';
import { bootstrapInterval, mean, pairedDifference, signFlipP, std } from '../lib/src/statistics/intervals';
import { decide, describeDifference } from '../lib/src/experiments/claims';
import { kendall, psp, spearman } from '../lib/src/statistics/rank-correlation';
import { clustersOf } from '../lib/src/statistics/clusters';
import { signed } from '../lib/src/statistics/signed';
import { summary } from '../lib/src/statistics/summary';
import { Random } from '../lib/src/tensors/random';

const near = (actual: number, expected: number, within = 1e-12): void =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not within ${within} of ${expected}`);

const normals = (n: number, seed: number, shift = 0): Float64Array => {
  const random = new Random(seed, 'test');
  return Float64Array.from({ length: n }, () => random.normal() + shift);
};

describe('mean and std', () => {
  it('are those of the population', () => {
    near(mean([2, 4, 4, 4, 5, 5, 7, 9]), 5);
    near(std([2, 4, 4, 4, 5, 5, 7, 9]), 2);
    near(std(Float32Array.of(3)), 0);
  });
});

describe('Spearman', () => {
  it('averages the ranks of ties', () => {
    // ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5)
    near(spearman([1, 2, 2, 3], [10, 20, 30, 40]), 4.5 / Math.sqrt(4.5 * 5));
    near(spearman([1, 2, 3], [9, 4, 1]), -1);
    assert.ok(Number.isNaN(spearman([1, 1, 1], [1, 2, 3])));
  });

  it('equals the paper’s form where nothing is tied, and differs from it where something is', () => {
    const [a, b] = [normals(200, 1), normals(200, 2)];
    near(spearman(a, b), psp(a, b));
    // of the tied 2s the first ranks higher: ranks 3, 1, 2, 0 against 3, 2, 1, 0 from the top
    near(psp([1, 2, 2, 3], [10, 20, 30, 40]), 1 - (6 * 2) / 60);
    near(psp([3, 1, 2], [1, 2, 3]), 1 - (6 * (4 + 1 + 1)) / 24);
  });

  it('Kendall’s τ-b counts pairs, tied ones as SciPy does', () => {
    near(kendall([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]), -0.47140452079103173); // SciPy's own example
    const [a, b] = [normals(60, 5), normals(60, 6)].map((values) => values.map((value) => Math.round(2 * value)));
    let [concordant, first, second] = [0, 0, 0];
    for (let i = 0; i < 60; i++) {
      for (let j = 0; j < i; j++) {
        const [x, y] = [Math.sign(a![i]! - a![j]!), Math.sign(b![i]! - b![j]!)];
        concordant += x * y;
        first += x ** 2;
        second += y ** 2;
      }
    }
    near(kendall(a!, b!), concordant / Math.sqrt(first * second));
    assert.ok(Number.isNaN(kendall([1, 1], [1, 2])));
  });

  it('has an interval that resampling and ranking anew would give', () => {
    const [a, b] = [normals(40, 3), normals(40, 4)].map((values) => values.map((value) => Math.round(3 * value)));
    const random = new Random(7, 'spearman bootstrap');
    const found = Array.from({ length: 201 }, () => {
      const drawn = Array.from({ length: 40 }, () => random.integer(40));
      return spearman(
        drawn.map((i) => a![i]!),
        drawn.map((i) => b![i]!),
      );
    }).sort((x, y) => x - y);
    const { low, high } = spearmanInterval(a!, b!, { seed: 7, resamples: 201 });
    near(low, found[5]!, 1e-9);
    near(high, found[195]!, 1e-9);
  });

  it('refuses what it cannot rank', () => {
    assert.throws(() => spearman([1], [1]), /2 or more/);
    assert.throws(() => spearman([1, 2], [1, 2, 3]), /equally long/);
    assert.throws(() => spearman([1, NaN], [1, 2]), /value 1 .* not a number/);
  });
});

describe('bootstrap interval', () => {
  it('is 95 % wide for the mean of normal numbers, and repeats with its seed', () => {
    const values = normals(400, 5);
    const { low, high } = bootstrapInterval(values, { seed: 3 });
    near(high - low, (2 * 1.96 * std(values)) / 20, 0.02);
    near((low + high) / 2, mean(values), 0.01);
    assert.deepEqual(bootstrapInterval(values, { seed: 3 }), { low, high });
    assert.notDeepEqual(bootstrapInterval(values, { seed: 4 }), { low, high });
  });

  it('takes another statistic', () => {
    const { low, high } = bootstrapInterval([1, 2, 3], { statistic: (resample) => Math.max(...resample) });
    assert.deepEqual([low, high], [1, 3]);
  });
});

describe('sign-flip test', () => {
  it('is exact for few pairs', () => {
    near(signFlipP([1, 2, 3]), 2 / 8);
    near(signFlipP([1, 1, -1]), 1);
    near(signFlipP([0, 0]), 1);
    near(signFlipP(new Float64Array(10).fill(0.1)), 2 / 1024);
  });

  it('agrees beyond 15 pairs with the normal approximation', () => {
    const differences = normals(60, 6, 0.3);
    const z = (mean(differences) * 60) / Math.sqrt(differences.reduce((sum, d) => sum + d * d, 0));
    const p = signFlipP(differences);
    const expected = Math.exp(-0.717 * z - 0.416 * z * z); // 2·(1 − Φ(z)) to about 1 % for 0 < z < 3
    near(p, expected, 0.01);
    near(signFlipP(new Float64Array(100).fill(1)), 1 / 20_001);
  });
});

describe('paired difference and verdict', () => {
  it('sees a shift that the spread between repeats would hide', () => {
    const first = normals(30, 8);
    const noise = normals(30, 9);
    const second = first.map((value, i) => value - 0.5 + 0.1 * noise[i]!);
    const difference = pairedDifference(first, second);
    assert.equal(difference.n, 30);
    assert.ok(difference.low < 0.5 && difference.high > 0.45 && difference.p < 0.001);
    assert.equal(decide(difference), 'holds');
    assert.equal(decide(difference, 0.5), 'not decidable with these n');
    assert.equal(decide(difference, 1), 'does not hold');
  });

  it('does not decide on a handful of pairs, nor call equal better', () => {
    assert.equal(decide({ n: 5, low: 1, high: 2 }), 'not decidable with these n');
    assert.equal(decide({ n: 30, low: 0, high: 0 }), 'does not hold');
    // Three pairs of forty make all the difference: p = 1/4, whatever the interval.
    const rare = pairedDifference(new Float64Array(40).fill(1, 0, 3), new Float64Array(40));
    assert.ok(rare.low >= 0 && rare.p > 0.05);
    assert.equal(decide({ ...rare, low: 0.01 }), 'not decidable with these n');
    assert.equal(decide({ ...rare, low: -1, high: -0.5 }), 'not decidable with these n');
    assert.throws(() => pairedDifference([1, 2], [1]), /equally many values, got 2 and 1/);
  });

  it('tests against the margin that is asked for', () => {
    const first = normals(30, 8);
    const second = first.map((value, i) => value - 0.5 + 0.01 * ((i % 3) - 1));
    assert.ok(pairedDifference(first, second).p < 0.001);
    assert.ok(pairedDifference(first, second, { margin: 0.5 }).p > 0.5);
    assert.equal(pairedDifference(first, second, { margin: 0.5 }).low, pairedDifference(first, second).low);
  });

  it('says it in words', () => {
    const difference = { n: 30, mean: 0.834, std: 1, low: -0.5, high: 1.151, p: 0.00022 };
    assert.equal(describeDifference(difference), '+0.83 points (95 % interval −0.50 to +1.15, p = 0.0002, n = 30)');
  });
});

describe('a summary', () => {
  it('has middle, spread and the best ones', () => {
    assert.deepEqual(summary([4, 1, 3, 2]), {
      count: 4,
      lowest: 1,
      median: 2.5,
      mean: 2.5,
      std: Math.sqrt(1.25),
      best: 4,
      second: 3,
      third: 2,
    });
    assert.deepEqual([summary([7]).median, summary([7]).second], [7, undefined]);
    assert.throws(() => summary([]), RangeError);
  });
});

describe('clusters', () => {
  it('end where a step is more than twice the smallest', () => {
    assert.deepEqual(clustersOf([9, 1, 2, 2, 4, 10, 12.5]), [[1, 2, 4], [9, 10], [12.5]]);
    assert.deepEqual(clustersOf([3]), [[3]]);
  });
});

describe('signed', () => {
  it('gives every number a sign, and zero no minus', () => {
    assert.deepEqual(
      [0.834, -0.5, -Infinity, Infinity].map((x) => signed(x)),
      ['+0.83', '−0.50', '−∞', '+∞'],
    );
    assert.deepEqual(
      [-0.4, -0.6, 12].map((x) => signed(x, 0)),
      ['+0', '−1', '+12'],
    );
  });
});
