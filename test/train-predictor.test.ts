import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import type { Batches, SamplePool, TrainablePredictor } from '../lib/src/predictors/predictor';
import { predictorPresets } from '../lib/src/predictors/predictor-options';
import { PredictorStack } from '../lib/src/predictors/predictor-stack';
import { exportWeights } from '../lib/src/predictors/predictor-weights';
import { cellLosses } from '../lib/src/predictors/cell-losses';
import { trainPredictor } from '../lib/src/predictors/train-predictor';
import { totalSteps, trainingPresets, type TrainingSettings } from '../lib/src/predictors/training-settings';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { useBackend } from '../lib/src/tensors/backend';
import { needTensorFlow, ownBackend } from './backends';

const naive = { ...predictorPresets.official, branch: 'naive', nsam: false } as const;

/** A short schedule with the same phases. */
const short: TrainingSettings = {
  ...trainingPresets.official,
  phases: [
    { epochs: 2, learningRate: 1e-3 },
    { epochs: 3, learningRate: 1e-3 },
  ],
};

/** Cells whose label is the share of their six operations that are 3×3 convolutions (feature column 5). */
function pool(count: number, codeEntries = 0): SamplePool {
  const positions = Array.from({ length: count }, (_, i) => (613 * i) % 15625);
  return {
    positions,
    labels: positions.map(label),
    codes: positions.flatMap(() => Array<number>(codeEntries).fill(1)),
  };
}
function label(position: number): number {
  const { hot, nodes } = nasBench201.space().graphs;
  const columns = hot.subarray(position * nodes, (position + 1) * nodes);
  return 20 + 10 * columns.filter((column) => column === 5).length;
}

function stackOf(seeds: number[]): PredictorStack {
  return new PredictorStack(naive, nasBench201.space().graphs, seeds);
}

describe('training', () => {
  before(ownBackend);

  it('takes as many steps as the schedule table says (§3.6)', () => {
    const steps = [10, 20, 30, 40, 60, 100, 150, 200].map((n) => totalSteps(n - 3, trainingPresets.official));
    assert.deepEqual(steps, [203, 406, 609, 812, 1421, 2436, 3654, 4872]);
    assert.equal(totalSteps(30, trainingPresets.paper), 600);
  });

  it('measures Huber’s loss with δ = 0.5 (§9), and the squared one', () => {
    const of = (loss: keyof typeof cellLosses): number[] => [
      ...cellLosses[loss](tf.tensor1d([0.2, 0.5, 0.1]), tf.tensor1d([0, 0, 0.9])).dataSync(),
    ];
    of('huber').forEach((value, i) => assert.ok(Math.abs(value - [0.02, 0.125, 0.275][i]!) < 1e-6));
    of('squared').forEach((value, i) => assert.ok(Math.abs(value - [0.04, 0.25, 0.64][i]!) < 1e-6));
  });

  it('learns: after a short training unseen cells are ranked as their labels', () => {
    const stack = stackOf([1, 2]);
    const settings = { ...short, phases: [{ epochs: 25, learningRate: 1e-3 }], checkpoint: 'last' } as const;
    trainPredictor(stack, [pool(64), pool(64)], 64, settings);
    const unseen = Int32Array.from({ length: 200 }, (_, i) => 77 * i + 5);
    for (const predicted of stack.predictCoarse([unseen, unseen])) {
      const mean = (few: number): number => {
        const chosen = [...unseen.keys()].filter((i) => label(unseen[i]!) === few);
        return chosen.reduce((sum, i) => sum + predicted[i]!, 0) / chosen.length;
      };
      assert.ok(mean(20) < mean(30) && mean(30) < mean(40), `${mean(20)}, ${mean(30)}, ${mean(40)}`);
    }
    stack.dispose();
  });

  it('calls back after each epoch and trains on what was added', () => {
    const stack = stackOf([1]);
    const grown = pool(8);
    const calls: number[] = [];
    let progress = 0;
    const report = trainPredictor(stack, [grown], 16, short, {
      afterEpoch: (epoch) => {
        calls.push(epoch);
        if (epoch !== 2) return;
        grown.positions.push(...pool(16).positions.slice(8));
        grown.labels.push(...pool(16).labels.slice(8));
      },
      progress: (done, total) => (progress = done / total),
    });
    assert.equal(report.steps, 16); // two steps an epoch, 2 + 3 + 3 epochs
    assert.equal(progress, 1);
    assert.deepEqual(calls, [1, 2, 3, 4, 5, 6, 7, 8]);
    const fixed = stackOf([1]);
    trainPredictor(fixed, [pool(8)], 16, short);
    assert.notDeepEqual(exportWeights(stack, 0)['head.weight'], exportWeights(fixed, 0)['head.weight']);
    stack.dispose();
    fixed.dispose();
  });

  it('ends with the weights that scored strictly higher, repeat by repeat', () => {
    const stack = stackOf([1, 2, 3]);
    const scores = [
      [5, 1, 7],
      [5, 2, 6],
      [5, 3, 8],
    ];
    const seen: Float32Array[][] = [];
    const ask = Int32Array.from([1, 2, 3]);
    const pools = [pool(8), pool(8), pool(8)];
    const before = tf.memory().numTensors;
    const report = trainPredictor(stack, pools, 8, short, {
      scoreCheckpoint: () => {
        seen.push(stack.predictCoarse([ask, ask, ask]));
        return scores[seen.length - 1]!;
      },
    });
    assert.deepEqual(report.checkpointScore, [5, 3, 8]);
    const kept = stack.predictCoarse([ask, ask, ask]);
    assert.deepEqual(kept, [seen[0]![0], seen[2]![1], seen[2]![2]]);
    assert.notDeepEqual(seen[0]![0], seen[2]![0]);
    stack.restartOptimiser(); // where it holds Adam's moments as tensors
    assert.equal(tf.memory().numTensors, before);
    stack.dispose();
  });

  it('gives the same bits for the same seed, and other weights for another', () => {
    const run = (seed: number): number[] => {
      const stack = stackOf([seed]);
      trainPredictor(stack, [pool(8)], 8, short);
      const { values } = exportWeights(stack, 0)['basic2.predecessors.weight']!;
      stack.dispose();
      return values;
    };
    assert.deepEqual(run(1), run(1));
    assert.notDeepEqual(run(1), run(2));
  });

  it('trains whatever can be trained: a predictor that is no stack', () => {
    // One number a repeat: the mean of the labels that it saw; 'training' is averaging.
    class Mean implements TrainablePredictor {
      readonly seeds = [1, 2];
      readonly codeEntries = 0;
      restarts = 0;
      private seen: number[][] = [[], []];
      private kept: number[][] = [];
      restartOptimiser = (): void => void this.restarts++;
      train({ labels }: Batches): Float32Array {
        const half = labels.length / 2;
        this.seen.forEach((seen, r) => seen.push(...labels.subarray(r * half, (r + 1) * half)));
        return Float32Array.from([0.5, 0.25]);
      }
      keepWeights = (repeats: readonly boolean[]): void =>
        repeats.forEach((keep, r) => keep && (this.kept[r] = [...this.seen[r]!]));
      restoreWeights = (): void => void (this.seen = this.kept);
      predictCoarse = (positions: readonly Int32Array[]): Float32Array[] =>
        positions.map((cells, r) =>
          new Float32Array(cells.length).fill((100 * this.seen[r]!.reduce((a, b) => a + b, 0)) / this.seen[r]!.length),
        );
      predictFine = (): Float32Array[] => assert.fail('no estimation branch');
      get length(): number {
        return this.seen[0]!.length;
      }
    }
    const mean = new Mean();
    const one = { positions: [5], labels: [40], codes: [] };
    const scoreCheckpoint = (): number[] => [mean.length, -mean.length];
    const report = trainPredictor(mean, [one, { ...one, labels: [60] }], 8, short, { scoreCheckpoint });
    assert.deepEqual(report.lastLoss, [0.5, 0.25]);
    assert.equal(mean.restarts, 3);
    const asked = mean.predictCoarse([Int32Array.of(1), Int32Array.of(1)]).map(([p]) => Math.round(p!));
    assert.deepEqual(asked, [40, 60]);
    assert.equal(mean.length, 64); // 5 epochs and the last of the three that were scored, 8 cells each
  });

  it('refuses pools that do not fit', () => {
    const stack = stackOf([1]);
    assert.throws(() => trainPredictor(stack, [], 8, short), /0 pools for 1 repeats/);
    assert.throws(() => trainPredictor(stack, [pool(0)], 8, short), /repeat 0 is empty/);
    assert.throws(() => trainPredictor(stack, [pool(8, 3)], 8, short), /24 code entries; expected 0/);
    stack.dispose();
  });
});

describe('WebAssembly beside TensorFlow', () => {
  before(async function () {
    await needTensorFlow(this);
  });
  after(ownBackend);

  it('predicts the same to 1e-4 and steps the same to 1e-3', async () => {
    const ask = [Int32Array.from({ length: 20 }, (_, i) => 700 * i)];
    const codes = [Float32Array.from({ length: 60 }, (_, i) => 1 + (i % 7) / 5)];
    const results: Float32Array[][] = [];
    for (const name of ['tensorflow', 'wasm'] as const) {
      await useBackend(name);
      const stack = new PredictorStack(predictorPresets.official, nasBench201.space().graphs, [1, 2]);
      const both = [ask[0]!, ask[0]!];
      const fresh = stack.predictFine(both, [codes[0]!, codes[0]!])[1]!;
      const batch = {
        positions: Int32Array.from([...ask[0]!.subarray(0, 8), ...ask[0]!.subarray(8, 16)]),
        labels: Float32Array.from({ length: 16 }, (_, i) => i / 16),
        codes: codes[0]!.subarray(0, 48),
      };
      stack.train(batch, 'huber', 1e-3);
      const weights = exportWeights(stack, 1);
      const stepped = [
        'basic1.successors.weight',
        'nsam.key.predecessors.weight',
        'efm.query.successors.movingVariance',
      ];
      results.push([fresh, Float32Array.from(stepped.flatMap((w) => weights[w]!.values))]);
      stack.dispose();
    }
    const apart = [0, 1].map((which) => {
      const [a, b] = results.map((result) => result[which]!);
      return a!.reduce((largest, x, i) => Math.max(largest, Math.abs(x - b![i]!)), 0);
    });
    assert.ok(apart[0]! < 1e-4 * 100, `predictions, in percent, differ by ${apart[0]}`);
    assert.ok(apart[1]! < 1e-3, `weights differ by ${apart[1]}`);
  });
});
