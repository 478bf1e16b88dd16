import assert from 'node:assert/strict';
import { groupDifference } from '../lib/src/statistics/group-difference';
import { mean, std } from '../lib/src/statistics/intervals';
import { seedNoise } from '../lib/src/experiments/seed-noise';
import type { MeasuredNetworks } from '../lib/src/tables/measured-networks';
import { Random } from '../lib/src/tensors/random';

const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values));
const normals = (n: number, seed: number, deviation = 1): number[] => {
  const random = new Random(seed, 'test');
  return Array.from({ length: n }, () => deviation * random.normal());
};

describe('groupDifference', () => {
  it('has the interval of the textbook for means of groups of unequal size', () => {
    const [first, second] = [normals(400, 1), normals(100, 2)];
    const found = groupDifference(first, second, mean);
    assert.equal(found.value, mean(first) - mean(second));
    assert.equal(found.n, 500);
    const half = 1.96 * Math.sqrt(std(first) ** 2 / 400 + std(second) ** 2 / 100);
    assert.ok(Math.abs(found.high - found.low - 2 * half) < 0.1 * half, `${found.low} to ${found.high}, half ${half}`);
    assert.deepEqual(groupDifference(first, second, mean), found, 'the same chance each time');
  });

  it('finds a larger spread, and none where there is none', () => {
    const [narrow, wide] = [normals(200, 3), normals(300, 4, 2)];
    assert.ok(groupDifference(wide, narrow, std).low > 0.5);
    const same = groupDifference(normals(200, 5), narrow, std);
    assert.ok(same.low < 0 && same.high > 0);
  });

  it('knows of a value’s own error where resampling does not: a group of one', () => {
    const sure = groupDifference([5], [3], largest);
    assert.deepEqual([sure.value, sure.low, sure.high], [2, 2, 2]);
    const { low, high } = groupDifference([5], [3], largest, { noise: 1 });
    const half = 1.96 * Math.SQRT2;
    assert.ok(Math.abs(low - (2 - half)) < 0.25 && Math.abs(high - (2 + half)) < 0.25, `${low} to ${high}`);
    assert.throws(() => groupDifference([], [3], largest), /a group to be compared is empty/);
  });
});

describe('seedNoise', () => {
  const table = (positions: number[], accuracies: number[]): MeasuredNetworks => ({
    positions: Int32Array.from(positions),
    accuracies: Float64Array.from(accuracies),
    seconds: new Float64Array(positions.length),
    networks: positions.length,
    extent: '',
  });

  it('has the deviation of one training that the pairs were made with', () => {
    const positions = Array.from({ length: 500 }, (_, i) => i);
    const own = positions.map((i) => 50 + 0.05 * i);
    const [one, other] = [normals(500, 6, 0.7), normals(500, 7, 0.7)];
    const noisy = (errors: number[]): number[] => own.map((value, i) => value + errors[i]!);
    const found = seedNoise(table(positions, noisy(one)), table(positions, noisy(other)), { resamples: 200 });
    assert.equal(found.n, 500);
    assert.ok(found.stdInterval.low < 0.7 && found.stdInterval.high > 0.7, JSON.stringify(found));
    assert.ok(found.spearman > 0.98 && found.spearmanInterval.low < found.spearman);
  });

  it('takes the networks that both tables have, above a limit', () => {
    const [first, second] = [table([4, 1, 9], [70, 60, 80]), table([9, 4], [81, 70])];
    assert.equal(seedNoise(first, second).n, 2);
    assert.equal(seedNoise(first, second).std, 0.5);
    assert.deepEqual(
      [seedNoise(first, second, { least: 75 }).n, seedNoise(first, second, { least: 75 }).std],
      [1, Math.SQRT1_2],
    );
    assert.ok(Number.isNaN(seedNoise(first, second).spearman), 'a correlation of two pairs says nothing');
    assert.equal(seedNoise(first, table([], [])).n, 0);
  });
});
