import { deepStrictEqual, throws } from 'node:assert/strict';
import { holmAdjusted } from '../lib/src/statistics/holm-adjusted';

describe('holmAdjusted', () => {
  // Worked by hand: 4 tests; ascending .01·4, .02·3 = .06, .03·2 = .06, .8·1.
  it('multiplies the k-th smallest by the number of tests left, and never decreases', () => {
    deepStrictEqual(
      holmAdjusted([0.03, 0.01, 0.8, 0.02]).map((p) => Number(p.toFixed(10))),
      [0.06, 0.04, 0.8, 0.06],
    );
  });
  it('gives at most 1, and leaves a single test as it is', () => {
    deepStrictEqual(holmAdjusted([0.6, 0.9]), [1, 1]);
    deepStrictEqual(holmAdjusted([0.04]), [0.04]);
    deepStrictEqual(holmAdjusted([]), []);
  });
  it('refuses what is no probability', () => {
    throws(() => holmAdjusted([0.1, 1.2]), /p = 1.2 is not between 0 and 1/);
    throws(() => holmAdjusted([NaN]), RangeError);
  });
});
