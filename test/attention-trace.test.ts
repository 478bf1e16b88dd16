import assert from 'node:assert/strict';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { attentionMasks, attentionRules, offEdges, traceAttention } from '../lib/src/predictors/attention-trace';
import { parametersByLayer } from '../lib/src/predictors/parameters-by-layer';
import { predictorPresets } from '../lib/src/predictors/predictor-options';
import { PredictorStack } from '../lib/src/predictors/predictor-stack';
import { lastWeights, trainingPresets } from '../lib/src/predictors/training-settings';
import { ownBackend } from './backends';

describe('what attention looks at', () => {
  before(ownBackend);
  const { graphs } = nasBench201.space();

  it('is that of the predictor itself, which predicts the same afterwards', () => {
    const stack = new PredictorStack(predictorPresets.official, graphs, [3]);
    try {
      const cells = Int32Array.of(6111, 7, 15000);
      const codes = Float32Array.from({ length: 9 }, (_, i) => 1 + i / 9);
      const [before] = stack.predictFine([cells], [codes]);
      const seen = traceAttention(stack, cells, codes);
      assert.ok(seen.difference < 1e-4, `the rebuilt branch is off by ${seen.difference}`);
      assert.deepEqual([seen.nsam.length, seen.efm.length, seen.nsam[0]!.weights.length], [3, 3, 2]);
      const masks = attentionMasks(graphs);
      for (const module of ['nsam', 'efm'] as const) {
        const { rows, rowSum, law } = attentionRules(seen[module], masks);
        assert.equal(rows, 3 * 2 * graphs.nodes);
        assert.ok(rowSum < 1e-5 && law < 1e-4, `${module}: ${rowSum}, ${law}`);
      }
      const [after] = stack.predictFine([cells], [codes]);
      after!.forEach((value, i) => assert.ok(Math.abs(value - before![i]!) < 1e-3));
    } finally {
      stack.dispose();
    }
  });

  it('is counted by hand for two nodes', () => {
    const masks = attentionMasks({ nodes: 2, adjacency: [1, 1, 0, 1] });
    assert.deepEqual(masks, [
      [
        [1, 1],
        [0, 1],
      ],
      [
        [1, 0],
        [1, 1],
      ],
    ]);
    const half = [
      [0.5, 0.5],
      [0.25, 0.75],
    ];
    assert.equal(offEdges(half, masks[0]!), 12.5);
    const cell = { weights: [half], scores: [[0, 0], [9, Math.log(3)]] }; // prettier-ignore
    const along = attentionRules([cell], [masks[0]!]);
    assert.deepEqual([along.rows, along.outweighed], [2, 0]);
    assert.ok(along.law < 1e-12 && along.rowSum < 1e-12);
    const against = { weights: [[[0.25, 0.75], [0.5, 0.5]]], scores: [[-Math.log(3), 5], [0, 0]] }; // prettier-ignore
    assert.deepEqual(attentionRules([against], [masks[1]!]).outweighed, 50);
  });
});

describe('a predictor in numbers', () => {
  it('has parameters by layer', () => {
    const counts = parametersByLayer(predictorPresets.official, 10, 9);
    assert.equal(
      [...counts.values()].reduce((a, b) => a + b, 0),
      81419, // protocol §2.7
    );
    assert.equal(counts.get('basic1'), 128 * 9 + 384);
    assert.equal(counts.get('efm.value'), undefined);
  });

  it('is trained to its last weights, for as many epochs as one says', () => {
    const { phases, checkpoint, heldBack, loss } = lastWeights(trainingPresets.official, [1, 2]);
    assert.deepEqual(
      [phases.map(({ epochs }) => epochs), checkpoint, heldBack, loss],
      [[1, 2, 60], 'last', 0, 'huber'],
    );
  });
});
