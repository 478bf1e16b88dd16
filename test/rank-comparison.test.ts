import assert from 'node:assert/strict';
import {
  compareRanks,
  disjointSpearmanDifference,
  spearmanDifference,
  spearmanInterval,
} from '../lib/src/experiments/rank-comparison';
import { spearman } from '../lib/src/statistics/rank-correlation';
import { Random } from '../lib/src/tensors/random';

const random = new Random(1, 'test');
const normals = (n: number): Float64Array => Float64Array.from({ length: n }, () => random.normal());
const target = normals(60);
const noise = normals(60);
const other = normals(60);
const close = target.map((value, i) => value + noise[i]!);
const far = target.map((value, i) => value + 3 * other[i]!);

describe('comparison of ranks', () => {
  it('gives each source what it gets alone', () => {
    const { near, distant } = compareRanks({ near: close, distant: far }, target, { seed: 3, resamples: 200 });
    assert.equal(near.n, 60);
    assert.equal(near.spearman, spearman(close, target));
    const alone = spearmanInterval(far, target, { seed: 3, resamples: 200 });
    assert.deepEqual({ low: distant.low, high: distant.high }, alone);
  });

  it('takes a difference in strength, whatever the signs, resample by resample', () => {
    const sources = { near: close, distant: far, opposite: far.map((value) => -value), same: close };
    const { near, distant, opposite, same } = compareRanks(sources, target, { resamples: 200 });
    const lead = spearmanDifference(near, distant);
    assert.equal(lead.difference, spearman(close, target) - Math.abs(spearman(far, target)));
    assert.ok(lead.low > 0 && lead.low < lead.difference && lead.difference < lead.high);
    assert.ok(Math.abs(spearmanDifference(near, opposite).difference - lead.difference) < 1e-12);
    assert.deepEqual(spearmanDifference(near, same), { n: 60, difference: 0, low: 0, high: 0 });
  });

  it('compares two sets of cells that share none, with their signs', () => {
    const half = (values: Float64Array, from: number): Float64Array => values.subarray(from, from + 30);
    const of = (values: Float64Array, from: number, seed: number) =>
      compareRanks({ one: half(values, from) }, half(target, from), { seed, resamples: 400 }).one;
    const [near, distant] = [of(close, 0, 1), of(far, 30, 2)];
    const lead = disjointSpearmanDifference(near, distant);
    assert.deepEqual([lead.n, lead.difference], [60, near.spearman - distant.spearman]);
    assert.ok(lead.low < lead.difference && lead.difference < lead.high);
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    assert.ok(width(lead) > Math.max(width(near), width(distant)), 'both are uncertain');
    const opposite = compareRanks({ one: half(far, 30).map((value) => -value) }, half(target, 30), {
      resamples: 400,
    }).one;
    assert.ok(disjointSpearmanDifference(near, opposite).difference > near.spearman, 'a sign counts');
    assert.throws(
      () => disjointSpearmanDifference(near, compareRanks({ a: [1, 2] }, [1, 2], { resamples: 9 }).a),
      /400 and 9/,
    );
  });

  it('does not take copies for evidence: drawn with their original, they leave the interval as it was', () => {
    const options = { seed: 5, resamples: 200 };
    const twice = (values: Float64Array): number[] => [...values, ...values];
    const groups = twice(Float64Array.from(target.keys()));
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    const single = compareRanks({ far }, target, options).far;
    const copied = compareRanks({ far: twice(far) }, twice(target), { ...options, groups }).far;
    assert.equal(copied.n, 120);
    assert.ok(Math.abs(width(copied) - width(single)) < 1e-9);
    assert.ok(width(compareRanks({ far: twice(far) }, twice(target), options).far) < 0.85 * width(single));
  });

  it('has no correlation for a source that is the same everywhere', () => {
    const { flat, near } = compareRanks({ flat: new Float64Array(60), near: close }, target, { resamples: 20 });
    assert.deepEqual([flat.spearman, flat.low, flat.high], [NaN, NaN, NaN]);
    assert.ok(Number.isNaN(spearmanDifference(near, flat).low));
  });

  it('refuses lists and results that do not belong together', () => {
    assert.throws(() => compareRanks({ close }, [1, 2]), /got 60 and 2/);
    assert.throws(() => compareRanks({ close }, target, { groups: [1] }), /got 1 and 60/);
    const { near } = compareRanks({ near: close }, target, { resamples: 20 });
    const { few } = compareRanks({ few: [1, 2, 3] }, [1, 2, 3], { resamples: 20 });
    assert.throws(() => spearmanDifference(near, few), /n = 60 and n = 3/);
  });
});
