/** setup.sh with stand-ins for npm, python3, g++ and the like: what it runs, what it skips, what it says when one fails. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync } from 'node:fs';
import { rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const script = join(__dirname, '..', 'setup.sh');
const pinned = /cpu_sha256=(\w+)/.exec(readFileSync(script, 'utf8'))![1]!;

/** Stand-ins: each notes its call in calls.txt, and fails when a file fail-<its name> is there. */
const standIns: Record<string, string> = {
  node: `case "$1 $2" in
    "-p process.versions.node") cat "$HOME/node-version"; exit ;;
    *tslab*) mkdir -p .venv/share/jupyter/kernels/tslab && touch .venv/share/jupyter/kernels/tslab/kernel.json ;;
  esac`,
  npm: `rm -rf node_modules; mkdir -p node_modules/.bin node_modules/@tensorflow/tfjs-node-gpu/lib node_modules/@tensorflow/tfjs-node
    ln -s "$HOME/bin/tsc" node_modules/.bin/tsc; sleep 0.3; touch node_modules/.package-lock.json`,
  tsc: `mkdir -p lib/dist; touch lib/dist/index.js`,
  python3: `case "$*" in
    "-m venv .venv") mkdir -p .venv/bin; ln -s "$HOME/bin/python3" .venv/bin/python ;;
    *"pip download"*) mkdir -p .cache/tensorflow/download
      for kind in tensorflow tensorflow_cpu; do
        cp "$HOME/wheel" .cache/tensorflow/download/$kind-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
      done ;;
    *zipfile*) while [ "$1" != "-c" ]; do shift; done; mkdir -p "$4/lib"; [ ! -e "$HOME/fail-unpack" ] ;;
  esac`,
  'g++': `while [ "$1" != "-o" ]; do shift; done; touch "$2"`,
  uname: `echo "Linux x86_64"`,
};
const tools = 'bash cat cp cut dirname env find flock ln mkdir mv printf readlink rm sed sleep tail touch'.split(' ');

interface Result {
  code: number;
  out: string;
  /** The stand-ins that were called, first two words each. */
  calls: string[];
}

describe('setup.sh', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'setup-'));
    for (const folder of ['bin', 'notebooks', 'lib/src', 'lib/native'])
      mkdirSync(join(root, folder), { recursive: true });
    copyFileSync(script, join(root, 'setup.sh'));
    for (const [file, text] of Object.entries({
      'node-version': '20.20.2',
      wheel: 'whole',
      'package-lock.json': '{}',
      'tsconfig.json': '{}',
      'lib/tsconfig.json': '{}',
      'lib/src/index.ts': '',
      'lib/native/predictor_ops.cc': '',
      'lib/native/network_engine.cc': '',
      'notebooks/requirements.txt': 'jupyterlab==1\n',
    }))
      writeFileSync(join(root, file), text);
    for (const tool of tools)
      symlinkSync(
        execFileSync('bash', ['-c', `type -P ${tool}`], { encoding: 'utf8' }).trim(),
        join(root, 'bin', tool),
      );
    const real = execFileSync('bash', ['-c', 'type -P sha256sum'], { encoding: 'utf8' }).trim();
    for (const [name, body] of Object.entries({
      ...standIns,
      sha256sum: `[ "$(cat "$1")" = whole ] && echo "${pinned}  $1" || exec ${real} "$1"`,
    })) {
      const note = name === 'uname' || name === 'sha256sum' ? '' : `echo "${name} $1 $2" >>"$HOME/calls.txt"\n`;
      const fail = `if [ -e "$HOME/fail-${name}" ]; then echo "${name} is unwell"; exit 3; fi\n`;
      writeFileSync(join(root, 'bin', name), `#!/usr/bin/env bash\nset -e\n${note}${fail}${body}\n`);
      chmodSync(join(root, 'bin', name), 0o755);
    }
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const at = (file: string): string => join(root, file);

  function setup(...options: string[]): Promise<Result> {
    rmSync(at('calls.txt'), { force: true });
    return new Promise((done) =>
      execFile(
        'bash',
        ['setup.sh', ...options],
        { cwd: root, env: { HOME: root, PATH: at('bin') } },
        (error, out, err) => {
          const calls = existsSync(at('calls.txt')) ? readFileSync(at('calls.txt'), 'utf8').trim().split('\n') : [];
          done({
            code: Number(error?.code ?? 0),
            out: out + err,
            calls: calls.filter((call) => !call.startsWith('node -p')),
          });
        },
      ),
    );
  }

  /** Makes a file newer than everything that set-up has made. */
  function touch(file: string): void {
    const soon = new Date(Date.now() + 2000);
    utimesSync(at(file), soon, soon);
  }

  it('makes everything once, then nothing, and says nothing', async () => {
    const first = await setup();
    assert.equal(first.code, 0, first.out);
    const calls = first.calls.join('\n');
    for (const call of [
      'npm ci',
      'python3 -m venv',
      'node node_modules/tslab/bin/tslab install',
      'tsc -b lib',
      'node -e',
    ])
      assert.match(calls, new RegExp(`^${call}`, 'm'));
    assert.equal(first.calls.filter((call) => call.startsWith('g++')).length, 3, 'addon and two of our own');
    assert.match(first.out, /setup: packages: npm ci \.\.\./);
    assert.match(first.out, /setup: packages: done in \d+ s/);
    assert.equal(readlinkSync(at('node_modules/@tensorflow/tfjs-node')), 'tfjs-node-gpu');

    const second = await setup();
    assert.deepEqual(second, { code: 0, out: '', calls: [] });
  });

  it('makes again only what changed', async () => {
    await setup();
    touch('lib/src/index.ts');
    assert.deepEqual((await setup()).calls, ['tsc -b lib']);
    touch('lib/native/network_engine.cc');
    const native = (await setup()).calls;
    assert.ok(native.some((call) => call.startsWith('g++')) && !native.includes('npm ci '), native.join());
    writeFileSync(at('notebooks/requirements.txt'), 'jupyterlab==2\n');
    assert.ok((await setup()).calls.includes('python3 -m venv'));
  });

  it('installs again after the lock file changed, and links the library again without unpacking', async () => {
    await setup();
    writeFileSync(at('package-lock.json'), '{ "changed": true }');
    touch('package-lock.json');
    const { calls, code } = await setup();
    assert.equal(code, 0);
    assert.ok(calls.includes('npm ci --no-progress'), calls.join());
    assert.ok(calls.some((call) => call.startsWith('g++ -w')) && !calls.includes('python3 -m pip'), calls.join());
    assert.deepEqual((await setup()).calls, [], 'the hash of the lock file is kept');
  });

  it('fetches a damaged wheel again, and refuses one that stays damaged', async () => {
    const wheel = at(
      '.cache/tensorflow/tensorflow_cpu-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    );
    mkdirSync(dirname(wheel), { recursive: true });
    writeFileSync(wheel, 'who');
    writeFileSync(at('wheel'), 'cut off');
    const refused = await setup();
    assert.equal(refused.code, 1);
    assert.match(refused.out, /is damaged: fetching it again/);
    assert.match(refused.out, /setup: download failed\.\n {2}command: test .*\n(.*\n)* {2}remedy: look at the network/);
    assert.ok(!existsSync(wheel));

    writeFileSync(at('wheel'), 'whole');
    assert.equal((await setup()).code, 0);
    assert.equal(readFileSync(wheel, 'utf8'), 'whole');
  });

  it('goes on with WebAssembly and one line where there is no g++', async () => {
    rmSync(at('bin/g++'));
    const { code, out, calls } = await setup();
    assert.equal(code, 0, out);
    assert.equal(
      out.match(/no native TensorFlow \(no g\+\+ here; .*\): WebAssembly computes everything, slower/g)?.length,
      1,
    );
    assert.ok(!calls.some((call) => call.startsWith('g++')));
    assert.equal(
      readlinkSync(at('node_modules/@tensorflow/tfjs-node')),
      'tfjs',
      'danfojs finds the plain TensorFlow.js',
    );
    assert.deepEqual((await setup()).calls, []);
  });

  it('builds the engine that needs no TensorFlow where WebAssembly is chosen, and the rest when native is', async () => {
    const wasm = await setup('--wasm');
    assert.equal(wasm.code, 0, wasm.out);
    assert.match(wasm.out, /no native TensorFlow \(chosen by --wasm\)/);
    const built = (name: string): boolean => existsSync(at(`lib/native/build/${name}.node`));
    assert.deepEqual([built('network_engine'), built('predictor_ops')], [true, false]);
    assert.equal(wasm.calls.filter((call) => call.startsWith('g++')).length, 1);
    assert.deepEqual((await setup()).calls, []);
    await setup('--cpu');
    assert.deepEqual([built('network_engine'), built('predictor_ops')], [true, true]);
    await setup('--wasm');
    assert.deepEqual([built('network_engine'), built('predictor_ops')], [true, false]);
  });

  it('keeps a built library when g++ goes away', async () => {
    await setup();
    rmSync(at('bin/g++'));
    assert.deepEqual(await setup(), { code: 0, out: '', calls: [] });
  });

  it('only warns when our own operations do not compile', async () => {
    writeFileSync(
      at('bin/g++'),
      `#!/usr/bin/env bash\n${standIns['g++']!}\ncase "$2" in */native/build/*) exit 1 ;; esac`,
    );
    const { code, out } = await setup();
    assert.equal(code, 0, out);
    assert.match(out, /warning: .*predictor_.* not compile here/);
    assert.deepEqual((await setup()).calls, [], 'is not tried again until a source changes');
  });

  it('names part, command, last lines and remedy of what failed, and mends it in the next run', async () => {
    writeFileSync(at('fail-npm'), '');
    const { code, out } = await setup();
    assert.equal(code, 1);
    assert.match(
      out,
      /setup: packages failed\.\n {2}command: npm ci .*\n {2}\| npm is unwell\n {2}remedy: .*npm run setup/,
    );
    rmSync(at('fail-npm'));
    assert.equal((await setup()).code, 0);
  });

  it('never takes half an unpacked library for a whole one', async () => {
    writeFileSync(at('fail-unpack'), '');
    const { code, out } = await setup();
    assert.equal(code, 1);
    assert.match(out, /setup: library failed\./);
    rmSync(at('fail-unpack'));
    const second = await setup();
    assert.equal(second.code, 0, second.out);
    assert.ok(!second.calls.includes('npm ci --no-progress'), 'what was done stays done');
  });

  it('says what to install when Python or Node is missing or of the wrong version', async () => {
    rmSync(at('bin/python3'));
    const python = await setup();
    assert.equal(python.code, 1);
    assert.match(python.out, /setup: python failed\.\n(.*\n)*.*remedy: install Python 3\.10 or newer/);
    writeFileSync(at('node-version'), '24.1.0');
    const node = await setup();
    assert.equal(node.code, 1);
    assert.match(node.out, /found: 24\.1\.0\n {2}remedy: install Node 22/);
  });

  it('lets two at once share the work', async () => {
    const [one, two] = await Promise.all([setup(), setup()]);
    assert.deepEqual([one.code, two.code], [0, 0]);
    assert.match(one.out + two.out, /another set-up is at work here; waiting for it/);
    assert.equal(readFileSync(at('calls.txt'), 'utf8').match(/^npm ci/gm)?.length, 1);
  });

  it('takes the GPU wheel with CUDA when asked, and keeps the choice', async () => {
    const gpu = /gpu_sha256=(\w+)/.exec(readFileSync(script, 'utf8'))![1]!;
    writeFileSync(at('bin/sha256sum'), `#!/usr/bin/env bash\necho "${gpu}  $1"\n`);
    const { code, out } = await setup('--gpu');
    assert.equal(code, 0, out);
    assert.match(out, /download: TensorFlow 2\.18\.1 \(gpu\)/);
    assert.match(out, /cuda: done/);
    assert.equal(readlinkSync(at('node_modules/@tensorflow/tfjs-node-gpu/deps')), '../../../.cache/tensorflow/gpu');
    assert.deepEqual((await setup()).calls, []);
  });

  it('refuses an unknown option', async () => {
    const { code, out } = await setup('--tpu');
    assert.equal(code, 2);
    assert.match(out, /unknown option --tpu; there are --cpu, --gpu and --wasm/);
  });
});
