import assert from 'node:assert/strict';
import { randomPart } from '../lib/src/benchmarks/random-part';
import { tinyNasBench201 } from '../lib/src/benchmarks/tiny-nas-bench-201/tiny-nas-bench-201';
import { LEVEL_VARIANCE, type Kernel } from '../lib/src/search/gaussian-process/kernel';
import { Posterior } from '../lib/src/search/gaussian-process/posterior';
import { twoFidelityKernel } from '../lib/src/search/gaussian-process/two-fidelity-kernel';
import { TWO_FIDELITIES, twoFidelities } from '../lib/src/search/two-fidelities';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { codeTable, type CodeTable } from '../lib/src/tables/code-table';
import { Random } from '../lib/src/tensors/random';

const near = (actual: number, expected: number, error = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) < error, `${actual} ≠ ${expected}`);

/** x of A x = b for a positive definite A, by Gauss's elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  rows.forEach((pivotRow, i) =>
    rows.forEach((row, j) => {
      if (j === i) return;
      const factor = row[i]! / pivotRow[i]!;
      pivotRow.forEach((value, k) => (row[k]! -= factor * value));
    }),
  );
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}

describe('twoFidelityKernel', () => {
  // Three cells on a line; s has covariance exp(−d).
  const smooth = (a: number, b: number): number => Math.exp(-Math.abs(a - b));
  const kernel: Kernel = {
    count: 3,
    diagonal: new Float64Array(3).fill(1 + LEVEL_VARIANCE),
    row: (cell) => Float64Array.from([0, 1, 2], (other) => smooth(cell, other) + LEVEL_VARIANCE),
  };
  const [correlation, ownVariance, noise] = [0.7, 0.3, 0.2];

  it('has the posterior of high = ρ low + δ, worked out from its independent parts', () => {
    // What is seen, as sums of the parts [s0 s1 s2 c0 c1 c2 δ0 δ1 δ2 levelHigh levelLow].
    const parts = (index: number): number[] => {
      const [cell, isLow] = [index % 3, index >= 3];
      const unit = [0, 1, 2].map((each) => (each === cell ? 1 : 0));
      const scaled = unit.map((each) => each * (isLow ? 1 : correlation));
      return [...scaled, ...scaled, ...unit.map((each) => (isLow ? 0 : each)), isLow ? 0 : 1, isLow ? 1 : 0];
    };
    const prior = (a: number, b: number): number => {
      const [block, other] = [Math.floor(a / 3), Math.floor(b / 3)];
      if (a >= 9 || b >= 9) return a === b ? LEVEL_VARIANCE : 0;
      if (block !== other) return 0;
      if (block === 1) return a === b ? ownVariance : 0;
      return smooth(a % 3, b % 3) * (block === 0 ? 1 : 1 - correlation ** 2);
    };
    const covariance = (i: number, j: number): number => {
      const [first, second] = [parts(i), parts(j)];
      return first.reduce((sum, p, a) => sum + second.reduce((all, q, b) => all + p * q * prior(a, b), 0), 0);
    };
    const given = [3, 0, 5, 4, 2]; // codes of cells 0, 2, 1, trainings of 0 and 2
    const values = [0.4, 1.2, -1, 0.9, -0.3];
    const seen = given.map((i) => given.map((j) => covariance(i, j) + (i === j ? noise : 0)));
    const posterior = new Posterior(twoFidelityKernel(kernel, { correlation, ownVariance }), noise);
    given.forEach((index) => posterior.add(index));
    const mean = posterior.mean(values);
    for (let index = 0; index < 6; index++) {
      const toSeen = given.map((i) => covariance(index, i));
      const dot = (weights: readonly number[]): number => toSeen.reduce((sum, x, i) => sum + x * weights[i]!, 0);
      near(mean[index]!, dot(solve(seen, values)));
      near(posterior.variance[index]!, covariance(index, index) - dot(solve(seen, toSeen)));
    }
  });

  it('learns nothing of trainings from codes that do not correlate with them', () => {
    const posterior = new Posterior(twoFidelityKernel(kernel, { correlation: 0, ownVariance }), noise);
    posterior.add(4);
    assert.deepEqual(Array.from(posterior.mean([5]).subarray(0, 3)), [0, 0, 0]);
    near(posterior.variance[1]!, 1 + LEVEL_VARIANCE);
  });
});

describe('twoFidelities', () => {
  const part = randomPart(tinyNasBench201, 0.2, 0);
  const space = part.space();
  const labels = loadAccuracies(part, 'cifar10').label.values;
  const settings = { ...TWO_FIDELITIES, initialCodes: 20, codesAtATime: 4 };
  const table = (losses: ArrayLike<number>): CodeTable =>
    codeTable(space, Float32Array.from(losses), { name: 'codes', recipe: '', trainingsPerCode: 0.003 });
  const truth = table(Float32Array.from(labels, (label) => 100 - label));
  const noise = table(Float32Array.from(new Random(0, 'noise').sample(space.size, space.size)));
  const seeds = [1, 2, 3, 4];

  it('trains different cells, is decided by the seed alone, and counts each code once', () => {
    const method = twoFidelities(settings);
    const [first, second] = method.search({ space, labels, codes: noise }, 12, [1, 2]);
    assert.equal(new Set(first!.trained).size, 12);
    assert.deepEqual(method.search({ space, labels, codes: noise }, 12, [2])[0], second);
    assert.equal(first!.codesUsed, 20 + 9 * settings.codesAtATime);
    assert.equal(new Set(first!.ranking).size, space.size);
    assert.throws(() => method.search({ space, labels }, 12, [1]), /name one/);
    assert.throws(() => method.search({ space, labels, codes: noise }, 10_000, [1]), RangeError);
  });

  it('finds the best sooner by codes that tell the truth than by noise', () => {
    const best = Math.max(...labels);
    const needed = (codes: CodeTable): number => {
      const results = twoFidelities(settings).search({ space, labels, codes }, 25, seeds);
      const each = results.map(({ trained }) => trained.findIndex((position) => labels[position] === best));
      return each.reduce((sum, at) => sum + (at < 0 ? 25 : at), 0);
    };
    const [told, alone] = [needed(truth), needed(noise)];
    assert.ok(told < 0.7 * alone, `${told} and ${alone}`);
  });
});
