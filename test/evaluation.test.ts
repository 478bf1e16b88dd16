import assert from 'node:assert/strict';
import { evaluateRanking } from '../lib/src/search/evaluation';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { randomSearch } from '../lib/src/search/random-search';
import type { BenchmarkDataset } from '../lib/src/benchmarks/nas-bench-201/data-sets';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { descendingOrder } from '../lib/src/statistics/descending-order';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { Random } from '../lib/src/tensors/random';

const close = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);

describe('evaluation of a ranking', () => {
  /** Label and score in one column, nothing trained before. */
  const evaluate = (ranking: Int32Array, accuracies: number[]) => evaluateRanking(ranking, [], accuracies, accuracies);

  it('gives the best accuracy among the first k cells', () => {
    const { bestAccuracy } = evaluate(Int32Array.of(2, 0, 3, 1), [50, 90, 40, 70]);
    assert.deepEqual(bestAccuracy.slice(0, 5), [40, 50, 70, 90, 90]);
  });

  it('keeps 200 of them', () => {
    const accuracies = Array.from({ length: 1000 }, (_, i) => i);
    const { bestAccuracy } = evaluate(
      Int32Array.from({ length: 1000 }, (_, i) => i),
      accuracies,
    );
    assert.equal(bestAccuracy.length, 200);
    assert.equal(bestAccuracy[199], 199);
  });

  it('is 1 for the true order, −1 for its reverse, and psp follows 1 − 6Σd²/(n³ − n)', () => {
    const accuracies = [3, 9, 1, 7, 5];
    const order = descendingOrder(accuracies);
    const best = evaluate(order, accuracies);
    assert.deepEqual([best.spearman, best.psp, best.kendall], [1, 1, 1]);
    const worst = evaluate(order.slice().reverse(), accuracies);
    assert.deepEqual([worst.spearman, worst.psp, worst.kendall], [-1, -1, -1]);
    // True ranks of the cells: 3, 0, 4, 1, 2; ranks in the order 0 1 2 3 4: d = 3, −1, 2, −2, −2, so Σd² = 22.
    close(evaluate(Int32Array.of(0, 1, 2, 3, 4), accuracies).psp, 1 - (6 * 22) / 120, 1e-12);
  });

  it('shares the ranks of equal accuracies in spearman and orders them in psp', () => {
    // Ranks 0, 1.5, 1.5, 3 against 0, 2, 1, 3: covariance 4.5, spreads 4.5 and 5.
    const { spearman, psp } = evaluate(Int32Array.of(0, 2, 1, 3), [9, 5, 5, 1]);
    close(spearman, 4.5 / Math.sqrt(4.5 * 5), 1e-12);
    close(psp, 1 - (6 * 2) / 60, 1e-12);
  });
});

describe('what a user would deploy', () => {
  it('is judged by the score of the cell with the best label, of pool and first k', () => {
    const labels = [60, 90, 70, 80];
    const scores = [5, 1, 9, 4];
    const { bestAccuracy, deployedAccuracy } = evaluateRanking(Int32Array.of(2, 3, 0, 1), [0], labels, scores);
    assert.deepEqual(bestAccuracy.slice(0, 4), [9, 9, 9, 9]);
    assert.deepEqual(deployedAccuracy.slice(0, 4), [9, 4, 4, 1]);
  });

  it('is never worse than the best of the top where label and score are one', () => {
    const accuracies = [3, 9, 1, 7, 5];
    const { bestAccuracy, deployedAccuracy } = evaluateRanking(
      Int32Array.of(4, 2, 0, 1, 3),
      [3],
      accuracies,
      accuracies,
    );
    assert.deepEqual(deployedAccuracy.slice(0, 5), [7, 7, 7, 9, 9]);
    deployedAccuracy.forEach((deployed, k) => assert.ok(deployed >= bestAccuracy[k]!));
  });
});

describe('random search', () => {
  const column = (dataset: BenchmarkDataset, label: string): Float64Array =>
    loadAccuracies(nasBench201, dataset, { label }).score.values;

  it('is the expectation of protocol §5.5', () => {
    const draws = [20, 30, 50, 60, 100, 125, 150, 200, 230, 300];
    const table: [BenchmarkDataset, string, number[]][] = [
      ['cifar10', 'mean', [93.402, 93.542, 93.688, 93.733, 93.847, 93.891, 93.925, 93.975, 93.998, 94.04]],
      ['cifar100', 'mean', [70.449, 70.753, 71.103, 71.223, 71.553, 71.696, 71.812, 71.992, 72.079, 72.239]],
      ['imagenet16', 'mean', [44.348, 44.764, 45.183, 45.312, 45.633, 45.758, 45.856, 46.0, 46.067, 46.188]],
      ['cifar10', 'one-trial', [93.419, 93.562, 93.712, 93.758, 93.875, 93.92, 93.955, 94.008, 94.032, 94.077]],
      ['cifar100', 'one-trial', [70.501, 70.816, 71.177, 71.3, 71.636, 71.781, 71.898, 72.083, 72.172, 72.339]],
    ];
    for (const [dataset, label, expected] of table) {
      const accuracies = column(dataset, label);
      draws.forEach((n, i) => close(randomSearch(accuracies, n), expected[i]!, 0.0006));
    }
  });

  it('is the expectation of protocol §5.5 on Tiny-NASBench-201', () => {
    const { values } = loadAccuracies(tinyNasBench201, 'cifar10').score;
    const expected = [90.093, 90.282, 90.396, 90.537, 90.686, 90.772, 90.854];
    [10, 15, 20, 30, 50, 70, 100].forEach((n, i) => close(randomSearch(values, n), expected[i]!, 0.0006));
  });

  it('is the mean for one draw and the optimum for all', () => {
    const accuracies = column('cifar100', 'mean');
    close(randomSearch(accuracies, 1), 61.406, 0.0006);
    close(randomSearch(accuracies, accuracies.length), 73.5133, 1e-9);
  });

  it('agrees with a simulation', () => {
    const accuracies = [1, 4, 4, 6, 9, 10];
    const random = new Random(3, 'simulation');
    let sum = 0;
    for (let i = 0; i < 20000; i++) sum += Math.max(...random.sample(6, 3).map((cell) => accuracies[cell]!));
    close(randomSearch(accuracies, 3), sum / 20000, 0.05);
  });

  it('refuses impossible draws', () => {
    for (const draws of [0, 4, 1.5]) assert.throws(() => randomSearch([1, 2, 3], draws), RangeError);
  });
});
