/** A fixed seed gives the same record, bit for bit, on the same backend: what a change of structure must leave alone. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { plannedRuns } from '../lib/src/experiments/run';
import { runStack } from '../lib/src/experiments/run-stack';
import { useBackend, type BackendName } from '../lib/src/tensors/backend';
import { smallData } from './small-data';

const CELLS = 400;
const ONE = ['siams+nsam+bts'] as const;

/** What a record says of a run, without what differs from one machine or day to the next. */
function recordsOf(backend: BackendName): object[] {
  const data = smallData(CELLS);
  const plan = { space: 'nas-bench-201', dataset: 'cifar100', label: 'mean', preset: 'official' } as const;
  // WebAssembly takes five times as long: one run of the method that has everything.
  const methods = backend === 'wasm' ? ONE : (['predictor', 'siams', ...ONE] as const);
  const seeds = backend === 'wasm' ? [4] : [4, 5];
  return methods.flatMap((method) => {
    const runs = plannedRuns({ ...plan, codes: 'proxy-losses', methods: [method], budgets: [10], seeds });
    return runStack(runs, data, { threads: 1 }).map(({ pool, bestAccuracy, spearman, psp, codesUsed, scoredCells }) => {
      const steps = bestAccuracy!.flatMap((best, k) => (best === bestAccuracy![k - 1] ? [] : [[k + 1, best]]));
      return { method, pool, steps, spearman: round(spearman!), psp: round(psp!), codesUsed, scoredCells };
    });
  });
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4; // as records keep it

describe('records of a fixed seed', function () {
  this.timeout(240_000);

  for (const backend of ['tensorflow', 'wasm'] satisfies BackendName[]) {
    it(`are those in test/golden, on ${backend}`, async function () {
      const { instructions = 'any', name } = await useBackend(backend).catch(() => this.skip());
      // Fused operations add up in the order of the processor's registers, so each instruction set has bits of its own.
      const file = path.join(__dirname, 'golden', `${name}-${instructions.replaceAll(' ', '-')}.json`);
      const found = JSON.parse(JSON.stringify(recordsOf(name))) as object[];
      if (process.env['GOLDEN'] === 'write') writeFileSync(file, `${JSON.stringify(found, null, 1)}\n`);
      if (!existsSync(file)) this.skip();
      assert.deepEqual(found, JSON.parse(readFileSync(file, 'utf8')));
    });
  }
});
