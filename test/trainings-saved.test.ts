import assert from 'node:assert/strict';
import { decide } from '../lib/src/experiments/claims';
import { describeSaving, trainingsSaved, type SpentRun } from '../lib/src/experiments/trainings-saved';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Runs whose best accuracy is that of the list at K = 2, less 10 at K = 1, and the same for each seed plus its noise. */
function runs(accuracyByBudget: Record<number, number>, codes: number, noise = (seed: number): number => 0 * seed) {
  return Object.entries(accuracyByBudget).flatMap(([budget, accuracy]) =>
    SEEDS.map((seed): SpentRun => {
      const best = accuracy + noise(seed);
      return { method: 'x', budget: Number(budget), seed, bestAccuracy: [best - 10, best], codesInTrainings: codes };
    }),
  );
}

const naive = runs({ 30: 70, 100: 71, 180: 72 }, 0);

describe('trainings saved at equal accuracy', () => {
  it('are read off the straight line between two budgets, codes counted', () => {
    const siams = runs({ 30: 69, 60: 70.5, 100: 71.5 }, 0.5);
    const [, at100] = trainingsSaved(siams, naive, 2);
    // 71 lies half way from 70.5 at 60.5 to 71.5 at 100.5
    assert.deepEqual(at100, {
      budget: 100,
      accuracy: 71,
      reach: 'between',
      cost: 80.5,
      saved: 19.5,
      low: 19.5,
      high: 19.5,
      n: 8,
    });
    assert.equal(describeSaving(at100), '+19.5 trainings (95 % interval +19.5 to +19.5, n = 8)');
    assert.equal(decide(at100), 'holds');
  });

  it('are a bound where the smallest budget does already, and where none does', () => {
    const siams = runs({ 40: 71, 60: 71.8 }, 0.5);
    const [at30, at100, at180] = trainingsSaved(siams, naive, 2);
    assert.deepEqual([at30!.reach, at30!.saved], ['at the smallest budget', -10.5]);
    assert.equal(decide(at30!), 'not decidable with these n'); // a smaller budget may do
    assert.equal(describeSaving(at100!), 'at least +59.5 trainings (95 % interval +59.5 to +∞, n = 8)');
    assert.equal(describeSaving(at180!), 'at most +119.5 trainings (95 % interval −∞ to +119.5, n = 8)');
  });

  it('are taken at the first crossing where the curve dips', () => {
    const siams = runs({ 30: 70, 40: 71.5, 60: 70.5, 100: 72 }, 0);
    assert.ok(Math.abs(trainingsSaved(siams, naive, 2)[1]!.cost - (30 + 10 / 1.5)) < 1e-9);
  });

  it('have an interval over seeds that both methods share', () => {
    const noise = (seed: number): number => (seed % 2 === 0 ? 0.4 : -0.4);
    const [own, alone] = [noise, undefined].map((rivalNoise) => {
      const siams = runs({ 30: 69, 60: 71, 100: 73 }, 0, noise);
      return trainingsSaved(siams, runs({ 100: 71.5 }, 0, rivalNoise), 2)[0]!;
    });
    assert.ok(own!.high - own!.low < 1e-9, 'what both share cancels');
    assert.ok(alone!.low < alone!.saved && alone!.saved < alone!.high);
    assert.ok(alone!.high - alone!.low < 40 && alone!.high - alone!.low > 5);
  });

  it('depend on K', () => {
    assert.equal(trainingsSaved(naive, naive, 1)[0]!.accuracy, 60);
  });

  it('refuse runs of other seeds', () => {
    assert.throws(
      () => trainingsSaved(naive.slice(1), naive, 2),
      /at N = 30 there are 7 runs of other seeds than the 8/,
    );
    assert.throws(() => trainingsSaved([], naive, 2), /needs runs of both methods/);
  });
});
