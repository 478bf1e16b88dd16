/** Loaded before the suites that instruction-sets.test.ts runs: both engines have to use the instructions that it names. */
import assert from 'node:assert/strict';
import { networkAddon } from '../lib/src/convnet/native-engine';
import { nativeAddon } from '../lib/src/tensors/native-addon';
import { ownBackend } from './backends';

export const mochaHooks = {
  async beforeAll(): Promise<void> {
    await ownBackend();
    const expected = process.env['EXPECTED_INSTRUCTIONS'];
    assert.equal(networkAddon().instructions, expected);
    assert.equal(nativeAddon()!.engineInstructions, expected);
  },
};
