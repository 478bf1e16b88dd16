import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCell } from '../lib/src/benchmarks/nas-bench-201/cell';
import { CELL_NETWORKS, cellNetwork } from '../lib/src/benchmarks/nas-bench-201/cell-network';
import { parseNanoCell } from '../lib/src/benchmarks/tiny-nano-bench/cell-string';
import { NANO_NETWORKS, nanoNetwork } from '../lib/src/benchmarks/tiny-nano-bench/nano-network';
import { timeInTurns, timeSteps, timeStepsInPytorch } from '../lib/src/convnet/time-steps';

const EVERYTHING = parseCell(
  '|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|',
);
const SMALL = { channels: 8, cellsPerStage: 1, imageSize: 8 };
const BATCH = 2;

/** One network of each kind that is timed. */
const NETWORKS = {
  'NAS-Bench-201': cellNetwork(EVERYTHING, { ...CELL_NETWORKS.reduced, ...SMALL }),
  'NAS-Bench-201, as the authors halve': cellNetwork(EVERYTHING, { ...CELL_NETWORKS.official, ...SMALL }),
  'Tiny-NanoBench': nanoNetwork(parseNanoCell('input|conv1x1~0|split~1|dwconv3x3~2|atten~2|output~3~4'), {
    ...NANO_NETWORKS.paper,
    channels: 8,
    cellsPerBlock: [1, 1, 1],
    imageSize: 16,
  }),
};
const STEPS = Object.values(NETWORKS).map((network) => ({ network, batch: BATCH }));

describe('timed steps', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'time-steps-'))));
  after(() => rmSync(folder, { recursive: true }));

  /** A program that answers, whatever it is asked. */
  function standIn(answer: unknown): string {
    const program = join(folder, 'python');
    writeFileSync(program, `#!/bin/sh\ncat >/dev/null\necho '${JSON.stringify(answer)}'\n`);
    chmodSync(program, 0o755);
    return program;
  }

  it('are those of the native engine alone where no Python is named', () => {
    const { own, pytorch } = timeInTurns(STEPS, () => timeSteps(STEPS), undefined);
    assert.ok(own.length === STEPS.length && own.every((milliseconds) => milliseconds > 0));
    assert.equal(pytorch, undefined);
  });

  it('take turns, and the middle of three counts', () => {
    const python = standIn(
      STEPS.map(({ network }, i) => ({ parameters: network.parameterCount, milliseconds: 10 * i })),
    );
    const rounds = [
      [5, 1, 9],
      [1, 2, 8],
      [3, 3, 7],
    ];
    const asked = timeInTurns(STEPS, () => rounds.shift()!, python);
    assert.deepEqual(asked, { own: [3, 2, 8], pytorch: [0, 10, 20] });
    assert.equal(rounds.length, 0);
  });

  it('are not compared with those of another network', () => {
    const python = standIn(STEPS.map(() => ({ parameters: 17, milliseconds: 1 })));
    assert.throws(() => timeStepsInPytorch(STEPS, python), /trains 17 parameters, not \d+: it is not the same network/);
  });

  it('say which Python has no PyTorch', () => {
    assert.throws(() => timeStepsInPytorch(STEPS, 'no-such-python'), /no-such-python cannot time networks in PyTorch/);
  });
});

describe('networks in PyTorch', () => {
  let python: string | undefined;

  before(function () {
    python = ['python3', '/usr/bin/python3'].find((program) => spawnSync(program, ['-c', 'import torch']).status === 0);
    if (python === undefined) this.skip();
  });

  it('are timed', () => {
    const times = timeStepsInPytorch(STEPS, python!);
    assert.ok(times.length === STEPS.length && times.every((milliseconds) => milliseconds > 0));
  });
});
