import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CELL_NETWORKS, cellNetwork } from '../lib/src/benchmarks/nas-bench-201/cell-network';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { parseNanoCell } from '../lib/src/benchmarks/tiny-nano-bench/cell-string';
import { NANO_NETWORKS, nanoNetwork } from '../lib/src/benchmarks/tiny-nano-bench/nano-network';
import { tinyNanoBench } from '../lib/src/benchmarks/tiny-nano-bench/tiny-nano-bench';
import { nativeProbe } from '../lib/src/convnet/native-probe';
import { countMacs, NetworkBuilder, type Network } from '../lib/src/convnet/network';
import { type Observation, type Probe, type UnitObservation } from '../lib/src/convnet/probe';
import { torchParameters } from '../lib/src/convnet/torch-initialisation';
import { withClasses } from '../lib/src/convnet/with-classes';
import { IMAGE_BYTES, type LabelledImages } from '../lib/src/images/cifar10';
import { cellSeed } from '../lib/src/priors/estimation-code';
import { measureNetworkScores } from '../lib/src/priors/measure-network-scores';
import { networkScoreStore, NETWORK_SCORES } from '../lib/src/priors/network-score-store';
import { SCORE_BATCH, scoreBatch } from '../lib/src/priors/score-batch';
import { jacobCovariance, naswotOf, zeroCostScores } from '../lib/src/priors/zero-cost-scores';
import { cholesky, logDeterminant, traceOfInverse } from '../lib/src/statistics/cholesky';
import { Random } from '../lib/src/tensors/random';
import { syntheticImages } from './tiny-codes';

const close = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual}, expected ${expected}`,
  );

describe("Cholesky's factors", () => {
  // [[4, 2], [2, 5]] has the determinant 16 and the inverse [[5, −2], [−2, 4]] / 16.
  const lower = cholesky(Float64Array.of(4, 2, 2, 5), 2)!;

  it('give determinant and trace of the inverse', () => {
    assert.deepEqual([...lower], [2, 0, 1, 2]);
    close(logDeterminant(lower, 2), Math.log(16));
    close(traceOfInverse(lower, 2), 9 / 16);
  });

  it('are not there where a matrix has an eigenvalue of 0 or less', () => {
    assert.equal(cholesky(Float64Array.of(1, 1, 1, 1), 2), undefined);
    assert.equal(cholesky(Float64Array.of(1, 2, 2, 1), 2), undefined);
  });
});

describe('zero-cost scores', () => {
  /** One 1×1 convolution from one colour map's three channels to 8, and a dense layer to 2 classes. */
  function small(): Network {
    const net = new NetworkBuilder(2);
    const convolution = net.convolution(0, 8, { kernel: 1, stride: 1, padding: 0 });
    return net.build(net.sum([{ input: 0, convolution }], { size: 2, channels: 8 }), 2, {
      epsilon: 1e-5,
      momentum: 0.9,
    });
  }

  /** A probe that has seen what is given; the Hessian is twice the identity. */
  function seen(
    network: Network,
    parameters: Float32Array,
    { products = [new Float32Array(16), new Float32Array(4)], ...observation }: Partial<Observation & UnitObservation>,
  ): Probe {
    return {
      network,
      batch: 2,
      parameters,
      observe: () => ({
        loss: 0,
        gradient: new Float32Array(network.parameterCount),
        units: {
          products,
          agreements: Float64Array.of(4, 1, 1, 4),
          imageGradient: Float32Array.of(1, 2, 3, 1, 2, 4),
        },
        hessianWeights: parameters.map((value) => 2 * value),
        ...observation,
      }),
      dispose: () => undefined,
    };
  }

  const network = small();
  const scoresOf = (parameters: Float32Array, observation: Partial<Observation & UnitObservation>) =>
    zeroCostScores(seen(network, parameters, observation), new Float32Array(), new Float32Array());

  it('of gradients are over the weights of convolutions and dense layer, and not over biases', () => {
    const parameters = new Float32Array(network.parameterCount).fill(1);
    const gradient = new Float32Array(network.parameterCount);
    const { weights, bias } = network.dense;
    [parameters[0], gradient[0], parameters[1], gradient[1]] = [2, -3, -1, 4]; // of the convolution
    [parameters[weights], gradient[weights], gradient[bias]] = [-5, 2, 100];
    const { snip, grasp, grad_norm } = scoresOf(parameters, { gradient });
    assert.equal(snip, 6 + 4 + 10);
    assert.equal(grasp, -2 * (-6 - 4 - 10));
    close(grad_norm, 5 + 2);
  });

  it('of Fisher count each channel once for each of its weights', () => {
    // A convolution's channel has 3 weights, the dense layer's 8.
    const products = [new Float32Array(16), Float32Array.of(0, 0, 0, 2)];
    [products[0]![0], products[0]![8]] = [3, -1]; // channel 0 of both images
    const { fisher } = scoresOf(new Float32Array(network.parameterCount), { products });
    close(fisher!, (0.5 * 3 * (9 + 1)) / 2 + (0.5 * 8 * 4) / 2);
  });

  it('of NASWOT are the logarithm of a determinant, 0 where images are alike', () => {
    close(scoresOf(new Float32Array(network.parameterCount), {}).naswot!, Math.log(15));
    assert.equal(naswotOf(Float64Array.of(4, 4, 4, 4), 2), 0);
  });

  it('of jacob_cov follow from the eigenvalues of the correlations', () => {
    // Correlation c = 3 / sqrt(2 · 14/3) of the two rows: eigenvalues 1 ± c.
    const c = 3 / Math.sqrt(2 * (14 / 3));
    const score = (v: number): number => -(Math.log(v + 1e-5) + 1 / (v + 1e-5));
    close(scoresOf(new Float32Array(network.parameterCount), {}).jacob_cov!, score(1 + c) + score(1 - c), 1e-6);
    // Images that no logit depends on: eigenvalues 2 and 0.
    close(jacobCovariance(new Float32Array(6), 2), score(2) + score(0), 1e-6);
  });
});

describe('what networks are scored on', () => {
  it('is initialised as PyTorch does: uniform within 1 / √fan in, norms 1 and 0', () => {
    const network = nasBench201.networks!.full(1);
    const parameters = torchParameters(network, new Random(3, 'w'));
    for (const { kind, shape, offset } of network.parameters) {
      const values = parameters.subarray(offset, offset + shape.reduce((a, b) => a * b, 1));
      const fanIn = kind === 'bias' ? 64 : shape.slice(0, -1).reduce((a, b) => a * b, 1);
      const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      if (kind === 'gamma' || kind === 'beta') assert.ok(values.every((value) => value === Number(kind === 'gamma')));
      else assert.ok(largest <= 1 / Math.sqrt(fanIn) && largest > 0.5 / Math.sqrt(fanIn), `${kind} ${largest}`);
    }
  });

  it('may have other classes, with the costs of the benchmark’s other data sets', () => {
    const network = nasBench201.networks!.full(1);
    assert.equal(withClasses(network, 10), network);
    const hundred = withClasses(network, 100);
    const expected = cellNetwork(nasBench201.space().operations[1]!, { ...CELL_NETWORKS.benchmark, classes: 100 });
    assert.deepEqual(hundred, expected);
    assert.equal(countMacs(hundred), countMacs(network) + 90 * 65);
  });

  it('is one batch of normalised images, the same for a seed, with labels', () => {
    const images = syntheticImages(200);
    const { images: pixels, targets } = scoreBatch(images, 10, 0);
    assert.deepEqual([pixels.length, targets.length], [SCORE_BATCH * IMAGE_BYTES, SCORE_BATCH * 10]);
    for (let b = 0; b < SCORE_BATCH; b++) {
      const label = targets.subarray(b * 10, (b + 1) * 10).indexOf(1);
      // The synthetic images' brightness is 20 · class + 0 … 39; the first number is red.
      const red = pixels[b * IMAGE_BYTES]! * 63 + 125.3;
      assert.ok(red > 20 * label - 0.01 && red < 20 * label + 39.01, `${red} of class ${label}`);
    }
    assert.deepEqual(scoreBatch(images, 10, 0).images, pixels);
    assert.notDeepEqual(scoreBatch(images, 10, 1).images, pixels);
    const hundred = scoreBatch(images, 100, 0);
    assert.deepEqual(hundred.images, pixels);
    assert.equal(new Set(Array.from(hundred.targets.keys()).filter((i) => hundred.targets[i] === 1).map((i) => i % 100)).size > 30, true); // prettier-ignore
  });
});

describe('a table of network scores', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'scores-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const space = nasBench201.space();
  const recipe = { network: 'small', classes: 10, seed: 4 };
  const networkOf = (position: number): Network =>
    cellNetwork(space.operations[position]!, { ...CELL_NETWORKS.reduced, imageSize: 32 });
  const measure = (file: string, positions: number[]) =>
    measureNetworkScores({
      space,
      recipe,
      networkOf,
      positions,
      file,
      workers: 1,
      loadImages: () => Promise.resolve(syntheticImages(200)),
    });

  it('has what the scores are, with their recipe, whoever measured the rest', async () => {
    const [a, b, all] = ['a.csv', 'b.csv', 'all.csv'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    await measure(a, [3]);
    await measure(b, [5, 3]);
    await networkScoreStore(space).merge([b, a], all);
    const rows = networkScoreStore(space).read(all);
    assert.deepEqual([...rows.keys()], [3, 5]);
    const { images, targets } = scoreBatch(syntheticImages(200), 10, recipe.seed);
    for (const [id, row] of rows) {
      const parameters = torchParameters(networkOf(id), new Random(cellSeed(recipe.seed, id), 'network weights'));
      const probe = nativeProbe(networkOf(id), SCORE_BATCH, parameters);
      const expected = zeroCostScores(probe, images, targets);
      probe.dispose();
      for (const name of NETWORK_SCORES) close(row.scores[name]!, expected[name]!, 1e-7);
      assert.deepEqual([row.architecture, row.network, row.classes, row.seed], [space.cells[id], 'small', 10, 4]);
      assert.ok(row.seconds > 0);
      assert.match(row.provenance, /^\d+\.\d+\.\d+\+[0-9a-f]{16}; (commit [0-9a-f]{12}; )?[\w '-]+; 1 thread$/);
    }
  });

  it('has no scores of units where networks have no ReLUs', async function () {
    this.timeout(60_000);
    const nano = tinyNanoBench.space();
    const file = path.join(folder, 'nano.csv');
    const small = { ...NANO_NETWORKS.paper, channels: 8 };
    const cell = nano.cells.findIndex((text) => text.includes('atten'));
    const nanoOf = (position: number): Network => nanoNetwork(parseNanoCell(nano.cells[position]!), small);
    const loadImages = () => Promise.resolve(syntheticImages(200));
    const rest = { space: nano, recipe, networkOf: nanoOf, positions: [cell], file, workers: 1, loadImages };
    await measureNetworkScores(rest);
    const { scores } = networkScoreStore(nano).read(file).get(nano.ids[cell]!)!;
    assert.deepEqual([scores.fisher, scores.jacob_cov, scores.naswot], [undefined, undefined, undefined]);
    assert.ok(scores.snip > 0 && scores.grad_norm > 0 && scores.grasp !== 0, JSON.stringify(scores));
  });

  it('is written by one process at a time', async function () {
    this.timeout(60_000); // the second waits for the hold of one that may have been killed
    let refused: unknown;
    const one = (loadImages: () => Promise<LabelledImages>) =>
      measureNetworkScores({
        space,
        recipe,
        networkOf,
        positions: [1],
        file: path.join(folder, 'held.csv'),
        workers: 1,
        loadImages,
      });
    const none = () => Promise.reject(new Error('images were asked for'));
    const first = one(async () => {
      await one(none).catch((error: Error) => (refused = error));
      throw new Error('enough');
    });
    await assert.rejects(first, /enough/);
    assert.match(String(refused), /held\.csv: another process is writing into this file; wait for it/);
  });

  it('refuses another recipe, and lines that are none', async () => {
    const file = path.join(folder, 'a.csv');
    const other = { ...recipe, network: 'full' };
    const rest = { space, networkOf, positions: [5], file, workers: 1, loadImages: () => Promise.reject(new Error()) };
    await assert.rejects(measureNetworkScores({ ...rest, recipe: other }), /recipe "network full.*"network small/);
    await assert.rejects(
      networkScoreStore(space).merge([file], path.join(folder, 'other.csv'), other),
      /a\.csv, line 2: found recipe "network small.*, expected recipe "network full.*--network, --classes, --seed/,
    );
    assert.throws(
      () => networkScoreStore(tinyNanoBench.space()).read(file),
      /a\.csv, line 2: found .*of tiny-nano-bench/,
    );
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^3,/m, '4,').replace('small', ''));
    assert.throws(() => networkScoreStore(space).read(file), /a\.csv, line 2: found .*expected id,architecture,snip/);
  });
});
