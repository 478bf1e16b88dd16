import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { initialParameters, initialStatistics } from '../lib/src/convnet/engine';
import { nativeEngine } from '../lib/src/convnet/native-engine';
import { NetworkBuilder, type Network } from '../lib/src/convnet/network';
import { engineProvenance } from '../lib/src/priors/engine-provenance';
import { measureScores } from '../lib/src/priors/score-table';
import { CELL_NETWORKS, cellNetwork } from '../lib/src/benchmarks/nas-bench-201/cell-network';
import { logSynflow, logSynflowOf, officialSynflow } from '../lib/src/priors/synflow';
import { loadAccuracies } from '../lib/src/tables/accuracies';
import { loadCodes } from '../lib/src/tables/load-codes';
import { sampleRankCorrelation } from 'simple-statistics';
import { cellSeed } from '../lib/src/priors/estimation-code';
import { equalNetworks } from '../lib/src/benchmarks/unique-cells';
import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { formatCell, type Cell } from '../lib/src/benchmarks/nas-bench-201/cell';
import { Random } from '../lib/src/tensors/random';

/** A chain of 1×1 convolutions without batch norms, and a dense layer. */
function chain(layers: number): Network {
  const net = new NetworkBuilder(4);
  let map = 0;
  for (let i = 0; i < layers; i++) {
    const convolution = net.convolution(map, 8, { kernel: 1, stride: 1, padding: 0 });
    map = net.relu(net.sum([{ input: map, convolution }], { size: 4, channels: 8 }));
  }
  return net.build(map, 2, { epsilon: 1e-5, momentum: 0.9 });
}

const filled = (network: Network, values: Partial<Record<string, number>>): Float32Array => {
  const parameters = new Float32Array(network.parameterCount);
  for (const { kind, shape, offset } of network.parameters) {
    parameters.fill(values[kind] ?? 0, offset, offset + shape.reduce((a, b) => a * b, 1));
  }
  return parameters;
};

describe('synflow', () => {
  it('is what one computes by hand for a chain', () => {
    // Ones -> 3 · ½ -> 8 · ½ · 1.5 = 6 -> each logit 8 · ¼ · 6 = 12, R = 24. Each of the three layers carries all of R.
    const network = chain(2);
    const parameters = filled(network, { convolution: -0.5, dense: 0.25 });
    assert.ok(Math.abs(logSynflowOf(network, parameters) - Math.log(3 * 24)) < 1e-5);
  });

  it('conserves R: every layer of a chain carries it', () => {
    const network = chain(4);
    const parameters = initialParameters(network, new Random(1, 'w')).map(Math.abs);
    const engine = nativeEngine(network, 1, parameters, initialStatistics(network));
    const ones = (length: number) => new Float32Array(length).fill(1);
    const { sum, gradient } = engine.logitGradient(ones(48), ones(2));
    for (const { kind, shape, offset } of network.parameters) {
      if (kind === 'bias') continue;
      let carried = 0;
      for (let i = offset; i < offset + shape.reduce((a, b) => a * b, 1); i++) carried += parameters[i]! * gradient[i]!;
      assert.ok(Math.abs(carried / sum - 1) < 1e-5, `${kind} at ${offset}: ${carried} is not ${sum}`);
    }
  });

  it('is exact beyond the range of float32', () => {
    // Three stages of three convolutions that each multiply by 8 · 1e8: R is far above 3.4e38.
    const net = new NetworkBuilder(8);
    let map = net.sum([{ input: 0, convolution: net.convolution(0, 8, { kernel: 1, stride: 1, padding: 0 }) }], { size: 8, channels: 8 }); // prettier-ignore
    for (let stage = 0; stage < 3; stage++) {
      const size = 8 / 2 ** stage;
      for (let i = 0; i < 3; i++) {
        const convolution = net.convolution(map, 8, { kernel: 1, stride: 1, padding: 0 });
        map = net.sum([{ input: map, convolution }], { size, channels: 8 });
      }
      if (stage === 2) break;
      const halving = net.convolution(map, 8, { kernel: 1, stride: 2, padding: 0 });
      map = net.sum([{ input: map, convolution: halving }], { size: size / 2, channels: 8 });
    }
    const network = net.build(map, 10, { epsilon: 1e-5, momentum: 0.9 });
    const parameters = filled(network, { convolution: 1e8, dense: 1e8 });
    // R = 3e8 · (8e8)^11 · 10 · 8e8 and 13 layers with weights.
    const expected = Math.log(13) + Math.log(3e8) + 11 * Math.log(8e8) + Math.log(10 * 8e8);
    assert.ok(expected > Math.log(3.4e38) * 3);
    assert.ok(Math.abs(logSynflowOf(network, parameters) - expected) < 1e-4);
  });

  it('scores cells: nothing without a path, more with more convolutions, the seed hardly matters', () => {
    const { operations } = nasBench201.space();
    const [P, S, N] = ['nor_conv_3x3', 'skip_connect', 'none'] as const;
    const none: Cell = [P, N, N, N, N, N];
    const scoreOf = (cell: Cell, seed: number) => logSynflow(cellNetwork(cell, CELL_NETWORKS.benchmark), seed);
    assert.equal(scoreOf(none, 0), -Infinity);
    const skips = scoreOf([S, S, S, S, S, S], 0);
    const full = scoreOf([P, P, P, P, P, P], 0);
    assert.ok(full > skips + 20, `${formatCell(operations[0]!)} ${skips} ${full}`);
    assert.ok(Math.abs(scoreOf([P, P, P, P, P, P], 1) - full) < 2);
  });

  it('has the authors’ version, with its cut', () => {
    const skip: Cell = ['skip_connect', 'none', 'none', 'none', 'none', 'none'];
    const score = officialSynflow(cellNetwork(skip, CELL_NETWORKS.official), 0);
    assert.ok(Number.isFinite(score) && score > 0);
    const { transform } = nasBench201.codes['synflow-official']!;
    assert.deepEqual(
      [transform!([500]), transform!([5e6])],
      [
        [0.5, 0.5, 0.5],
        [1, 1, 1],
      ],
    );
  });
});

describe('synflow table', () => {
  it('covers the space and ranks it about as published', () => {
    const table = loadCodes(nasBench201, 'synflow');
    assert.equal(table.missing.length, 0);
    const codes = table.read(Array.from({ length: nasBench201.space().size }, (_, i) => i));
    const { values } = loadAccuracies(nasBench201, 'cifar10').score;
    // Published: .737 on CIFAR-10, another initialisation (protocol §6.5).
    const spearman = sampleRankCorrelation([...codes], [...values]);
    assert.ok(spearman > 0.7 && spearman < 0.82, `${spearman}`);
    assert.equal(loadCodes(nasBench201, 'synflow-official').read([0]).length, 3);
  });

  it('holds what is computed today', () => {
    for (const id of [0, 6111]) {
      const stored = loadCodes(nasBench201, 'synflow').read([id])[0]!;
      const { representativeOf } = equalNetworks(nasBench201.space());
      const own = representativeOf[id]!;
      const network = cellNetwork(nasBench201.space().operations[own]!, CELL_NETWORKS.benchmark);
      const now = logSynflow(network, cellSeed(0, own));
      assert.ok(Math.abs(now - stored) < 1e-3, `id ${id}: ${now} is not ${stored}`);
    }
  });
});

describe('a table of scores', () => {
  const space = nasBench201.space();
  const networksOf = (position: number): Network[] => {
    const small = { ...CELL_NETWORKS.reduced, imageSize: 16 };
    return [cellNetwork(space.operations[position]!, small), cellNetwork(space.operations[position]!, small)];
  };
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'scores-'));
    file = path.join(folder, 'scores.csv');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is scored by several processes, what is missing alone', async function () {
    this.timeout(60_000);
    const reports: number[][] = [];
    const measure = (positions: number[]) =>
      measureScores({
        space,
        kind: 'synflow',
        networksOf,
        positions,
        file,
        workers: 2,
        report: ({ done, total, before }) => reports.push([done, total, before]),
      });
    const many = Array.from({ length: 41 }, (_, i) => 3 * i);
    assert.deepEqual(await measure(many), { complete: true, diverged: [] });
    assert.deepEqual([reports[0], reports.length, reports.at(-1)], [[0, 41, 0], 4, [41, 41, 0]]);
    await measure([...many, 1]);
    assert.deepEqual(reports.at(-1), [1, 1, 41]);
    const rows = readFileSync(file, 'utf8').trim().split('\n');
    assert.deepEqual([rows[0], rows.length], ['id,architecture,synflow,synflow_official,provenance', 43]);
    for (const position of [0, 60, 1]) {
      const id = space.ids[position]!;
      const [network] = networksOf(position) as [Network];
      const scores = [Math.max(0, logSynflow(network, cellSeed(0, id))), officialSynflow(network, cellSeed(0, id))];
      const expected = [id, space.cells[position]!, ...scores.map((score) => score.toPrecision(8))].join();
      const row = `${expected},${engineProvenance()}`;
      assert.ok(rows.includes(row), `${row} is missing`);
    }
    writeFileSync(file, rows.join('\n').replace('synflow_official', 'other'));
    await assert.rejects(
      measure([5]),
      /line 1: found "id,architecture,synflow,other.*expected "id,.*name another file/,
    );
  });

  it('goes on in a table from before scores had a provenance, as it is', async function () {
    this.timeout(60_000);
    const old = `id,architecture,synflow,synflow_official\n0,${space.cells[0]!},1.5000000,2.5000000\n`;
    writeFileSync(file, old);
    const positions = [0, 3];
    writeFileSync(file, old.replace('\n0,', '\n1,'));
    await assert.rejects(
      measureScores({ space, kind: 'synflow', networksOf, positions, file, workers: 1 }),
      /scores\.csv, line 2: found ".*", expected ".*", which is the cell with id 1/,
    );
    writeFileSync(file, old);
    await measureScores({ space, kind: 'synflow', networksOf, positions, file, workers: 1 });
    const text = readFileSync(file, 'utf8');
    assert.ok(text.startsWith(old));
    assert.match(text.slice(old.length), /^3,\|[^,]*,[^,]+,[^,]+\n$/);
  });
});
