import assert from 'node:assert/strict';
import { descendingOrder } from '../lib/src/statistics/descending-order';
import { topOrder } from '../lib/src/statistics/top-order';
import { Random } from '../lib/src/tensors/random';

/** The same by comparing. */
const compared = (values: ArrayLike<number>): Int32Array =>
  Int32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);

describe('order of values', () => {
  const random = new Random(1, 'values');
  const lists: Record<string, (length: number) => ArrayLike<number>> = {
    'float32, few equal': (length) => Float32Array.from({ length }, () => 100 * random.uniform()),
    'float64 of both signs, many equal': (length) => Array.from({ length }, () => Math.round(40 * random.normal()) / 8),
    'very large and very small': (length) =>
      Float64Array.from({ length }, () => random.normal() * 10 ** (300 * random.uniform() - 150)),
    'all equal, with both zeros': (length) => Array.from({ length }, (_, i) => (i % 2 ? 0 : -0)),
    infinities: (length) => Array.from({ length }, (_, i) => [1, -Infinity, Infinity, -2][i % 4]!),
  };
  for (const [name, make] of Object.entries(lists))
    it(`is what comparing gives: ${name}`, () => {
      for (const length of [0, 1, 2, 40, 511, 512, 5000]) {
        const values = make(length);
        const expected = compared(values);
        assert.deepEqual(descendingOrder(values), expected);
        for (const count of [0, 1, 7, 100, length, length + 5])
          assert.deepEqual(topOrder(values, count), expected.slice(0, count), `the first ${count} of ${length}`);
      }
    });

  it('leaves no value out where some are no numbers', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i % 10 ? i : NaN));
    const order = descendingOrder(values);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      [...values.keys()],
    );
    const numbers = [...order].map((i) => values[i]!).filter((value) => !Number.isNaN(value));
    assert.deepEqual(
      numbers,
      numbers.slice().sort((a, b) => b - a),
    );
  });
});
