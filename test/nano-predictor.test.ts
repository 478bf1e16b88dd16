/** Predictors on Tiny-NanoBench's graphs of 7 nodes and 11 labels (protocol §2.7), and the layout of released weights. */
import assert from 'node:assert/strict';
import { tinyNanoBench } from '../lib/src/benchmarks/tiny-nano-bench/tiny-nano-bench';
import { buildNetwork, countMovingStatistics, countParameters } from '../lib/src/predictors/network';
import { predictorPresets, type PredictorOptions } from '../lib/src/predictors/predictor-options';
import { PredictorStack } from '../lib/src/predictors/predictor-stack';
import { exportWeights, importWeights, type WeightRecord } from '../lib/src/predictors/predictor-weights';
import { Random } from '../lib/src/tensors/random';
import { ownBackend } from './backends';

const { official, paper } = predictorPresets;
const { graphs } = tinyNanoBench.space();

/** Features in and out of every graph convolution of the authors' released run, siams +NSAM (protocol §2.5, §2.7). */
const CONVOLUTIONS: readonly (readonly [name: string, inputs: number])[] = [
  ['basic1', 11],
  ...['basic2', 'nsam.query', 'nsam.key', 'nsam.value', 'nsam.output', 'basic3'].map((name) => [name, 64] as const),
  // No value layer: the query layer is called again in its place.
  ...['efm.key', 'efm.query', 'efm.output'].map((name) => [name, 64] as const),
];

/** What is not learned: moving statistics of batch norms. */
const isMoving = (name: string): boolean => /moving(Mean|Variance)$/.test(name);

/** A record of exactly the released layout, with seeded numbers in it; variances and scales around 1. */
function releasedLayout(seed: number): WeightRecord {
  const random = new Random(seed, 'released layout');
  const record: WeightRecord = {};
  const add = (name: string, ...shape: number[]): void => {
    const size = shape.reduce((a, b) => a * b, 1);
    const centre = /gamma$|Variance$/.test(name) ? 1 : 0;
    // Numbers that 32 bits hold exactly, so that what comes out is what went in.
    record[name] = {
      shape,
      values: Array.from({ length: size }, () => Math.fround(centre + (random.uniform() - 0.5) / 4)),
    };
  };
  const addNorm = (name: string): void => {
    for (const kind of ['gamma', 'beta', 'movingMean', 'movingVariance']) add(`${name}.${kind}`, 64);
  };
  for (const [name, inputs] of CONVOLUTIONS) {
    for (const direction of ['successors', 'predecessors']) {
      add(`${name}.${direction}.weight`, inputs, 64);
      add(`${name}.${direction}.bias`, 64);
      addNorm(`${name}.${direction}`);
    }
  }
  add('efm.dense.weight', 3, 7 * 64);
  add('efm.dense.bias', 7 * 64);
  addNorm('efm.code');
  add('head.weight', 7, 1);
  add('head.bias', 1);
  return record;
}

describe('predictors on Tiny-NanoBench', () => {
  before(ownBackend);

  it('have as many parameters as the protocol counts for 7 nodes and 11 labels (§2.7)', () => {
    const variants = (preset: PredictorOptions): PredictorOptions[] => [
      { ...preset, branch: 'naive', nsam: false },
      { ...preset, branch: 'naive' },
      { ...preset, nsam: false },
      preset,
    ];
    const networks = [official, paper].map((preset) =>
      variants(preset).map((options) => buildNetwork(options, graphs.nodes, graphs.features)),
    );
    assert.deepEqual(
      networks.map((row) => row.map(countParameters)),
      [
        [18_952, 53_256, 46_600, 80_904],
        [19_009, 44_737, 55_105, 80_833],
      ],
    );
    assert.deepEqual(networks[0]!.map(countMovingStatistics), [768, 1_792, 1_664, 2_688]);
    const sizes = new Map(networks[0]![3]!.parameters.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b)]));
    const sum = (start: string): number =>
      [...sizes].reduce((total, [name, size]) => total + (name.startsWith(start) ? size : 0), 0);
    assert.deepEqual(
      ['basic', 'nsam.', 'efm.', 'efm.dense.', 'efm.code.', 'head.'].map(sum),
      [18_944, 34_304, 27_648, 1_792, 128, 8],
    );
  });

  it('start from Glorot’s limits (§2.7)', () => {
    const stack = new PredictorStack(official, graphs, [1]);
    const record = exportWeights(stack, 0);
    for (const [name, limit] of [
      ['basic1.successors.weight', 0.28284],
      ['basic2.predecessors.weight', 0.21651],
      ['efm.dense.weight', 0.11534],
      ['head.weight', 0.86603],
    ] as const) {
      const spec = stack.network.parameters.find((each) => each.name === name.replace(/\.\w+cessors/, ''))!;
      assert.ok('limit' in spec.initial && Math.abs(spec.initial.limit - limit) < 5e-6, name);
      const largest = Math.max(...record[name]!.values.map(Math.abs));
      assert.ok(largest <= limit + 5e-6 && largest > 0.5 * limit, `${name}: ${largest}`);
    }
    assert.ok(record['efm.dense.bias']!.values.every((each) => each === 0));
    stack.dispose();
  });

  it('take weights in the layout that the authors released: 80,904 and 2,688 numbers (§2.5, §2.7)', () => {
    const records = [1, 2].map(releasedLayout);
    const count = (moving: boolean): number =>
      Object.entries(records[0]!).reduce(
        (sum, [name, { values }]) => sum + (isMoving(name) === moving ? values.length : 0),
        0,
      );
    assert.deepEqual([count(false), count(true)], [80_904, 2_688]);

    const stack = new PredictorStack(official, graphs, [8, 9]);
    importWeights(stack, records);
    for (const [repeat, record] of records.entries()) {
      const back = exportWeights(stack, repeat);
      assert.deepEqual(back, record);
    }
    const cells = tinyNanoBench.space().ids;
    const codes = new Float32Array(3 * graphs.count).fill(2);
    const [coarse, fine] = [stack.predictCoarse([cells, cells]), stack.predictFine([cells, cells], [codes, codes])];
    for (const [first, second] of [coarse, fine]) {
      assert.ok(first!.every((each) => each > 0 && each < 100));
      assert.ok(
        first!.some((each, i) => Math.abs(each - second![i]!) > 0.1),
        'each repeat has its own weights',
      );
      assert.ok(new Set(first).size > graphs.count / 2, 'cells differ');
    }
    stack.dispose();
  });

  it('refuse weights for other graphs', () => {
    const stack = new PredictorStack(official, graphs, [1]);
    const record = releasedLayout(1);
    const wide = { ...record, 'head.weight': { shape: [10, 1], values: new Array<number>(10).fill(0) } };
    assert.throws(() => importWeights(stack, [wide]), /head\.weight has shape \[10, 1\].*expected shape \[7, 1\]/);
    stack.dispose();
  });
});
