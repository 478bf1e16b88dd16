/** The engines' kernels exist once for each instruction set: those that this processor would not choose, held against TensorFlow too. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { networkAddon } from '../lib/src/convnet/native-engine';
import { nativeAddon } from '../lib/src/tensors/native-addon';
import { needFusedOperations } from './backends';

const ROOT = join(__dirname, '..');
const MOCHA = join(require.resolve('mocha/package.json'), '../bin/mocha.js');
/** Suites that hold an engine against plain operations or difference quotients, and the tests of them that do. */
const SUITES = ['network', 'nano-network', 'probe', 'native-engine'].map((name) => `test/${name}.test.ts`);
const AGREEMENT = 'native|engines agree|layer agree|difference quotient|Mish';
/** From wide to narrow; the widest that a processor has is what every other test runs. */
const SETS = [
  ['avx512', 'AVX-512'],
  ['avx2', 'AVX2 and FMA'],
  ['baseline', 'baseline'],
] as const;

const run = promisify(execFile);

describe('narrower instructions than the processor has', function () {
  this.timeout(600_000); // a shared machine may be ten times as slow

  before(function () {
    return needFusedOperations(this);
  });

  for (const [asked, name] of SETS.slice(1)) {
    it(`give what plain operations give: ${name}`, async function () {
      const own = SETS.findIndex(([, each]) => each === networkAddon().instructions);
      assert.ok(own >= 0);
      assert.equal(nativeAddon()!.engineInstructions, networkAddon().instructions);
      if (SETS.findIndex(([each]) => each === asked) <= own) this.skip();
      const options = {
        cwd: ROOT,
        env: { ...process.env, SIAMESE_NAS_INSTRUCTIONS: asked, EXPECTED_INSTRUCTIONS: name },
      };
      const mocha = ['--no-config', '--extension', 'ts', '--node-option', 'import=tsx', '--timeout', '600000'];
      const suites = ['--require', 'test/expect-instructions.ts', '--grep', AGREEMENT, ...SUITES];
      const { stdout } = await run(process.execPath, [MOCHA, ...mocha, ...suites], options).catch(
        ({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(`${stdout}\n${stderr}`),
      );
      const passed = Number(/(\d+) passing/.exec(stdout)?.[1]);
      assert.ok(passed > 50, stdout);
      assert.ok(!/pending/.test(stdout), stdout);
    });
  }
});
