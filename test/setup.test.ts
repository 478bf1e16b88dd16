/** setup.sh with stand-ins for npm, python3, g++ and the like: what it runs, what it skips, what it says when one fails. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const checkout = join(__dirname, '..');
const script = join(checkout, 'setup.sh');
const pinned = /cpu_sha256=(\w+)/.exec(readFileSync(script, 'utf8'))![1]!;

/** Stand-ins: each notes its call in calls.txt, and fails when a file fail-<its name> is there. */
const standIns: Record<string, string> = {
  node: `case "$1 $2" in
    "-p process.versions.node") cat "$HOME/node-version"; exit ;;
    "lib/tools/packages.js ") exec ${process.execPath} "$1" ;;
    *typescript*) mkdir -p lib/dist; touch lib/dist/index.js ;;
    *tslab*) mkdir -p .venv/share/jupyter/kernels/tslab && touch .venv/share/jupyter/kernels/tslab/kernel.json ;;
  esac`,
  npm: `rm -rf node_modules; mkdir -p node_modules/.bin node_modules/@tensorflow/tfjs-node-gpu/lib node_modules/@tensorflow/tfjs-node
    env >"$HOME/npm-env"
    if [ ! -e "$HOME/omit-dev" ]; then mkdir node_modules/typescript; touch node_modules/typescript/package.json; fi
    sleep 0.3; cp package-lock.json node_modules/.package-lock.json`,
  python3: `case "$*" in
    "-m venv .venv") mkdir -p .venv/bin; ln -s "$HOME/bin/python3" .venv/bin/python ;;
    *"pip install"*--target*) while [ "$1" != "--target" ]; do shift; done; mkdir -p "$2/nvidia/cudnn/lib" ;;
    *"pip install"*) env >"$HOME/pip-env"; [ ! -e "$HOME/fail-pip" ] ;;
    *find_spec*) [ ! -e "$HOME/fail-import" ] ;;
    *"pip download"*) mkdir -p .cache/tensorflow/download
      for kind in tensorflow tensorflow_cpu; do
        cp "$HOME/wheel" .cache/tensorflow/download/$kind-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
      done ;;
    *zipfile*) while [ "$1" != "-c" ]; do shift; done; mkdir -p "$4/lib" "$4/include/tensorflow/c"
      for name in cc framework; do echo ELF >"$4/lib/libtensorflow_$name.so.2"; done
      touch "$4/include/tensorflow/c/c_api.h"; [ ! -e "$HOME/fail-unpack" ] ;;
  esac`,
  'g++': `while [ "$1" != "-o" ]; do shift; done; touch "$2"`,
  uname: `echo "Linux x86_64"`,
};
const tools = 'bash cat cp cut dirname env find flock grep ln mkdir mv printf readlink rm sed sleep tail touch tr wc';
/** Of the packages that the stand-in of npm installs. */
const lockFile = (change: object = {}): string =>
  JSON.stringify({ packages: { '': {}, 'node_modules/typescript': { version: '1' }, ...change } });

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
    for (const folder of ['bin', 'lib/src', 'lib/native']) mkdirSync(join(root, folder), { recursive: true });
    copyFileSync(script, join(root, 'setup.sh'));
    for (const part of ['packages.js', 'jupyter'])
      cpSync(join(checkout, 'lib/tools', part), join(root, 'lib/tools', part), { recursive: true });
    for (const [file, text] of Object.entries({
      'node-version': process.versions.node,
      wheel: 'whole',
      'package-lock.json': lockFile(),
      'tsconfig.json': '{}',
      'lib/tsconfig.json': '{}',
      'lib/src/index.ts': '',
      'lib/native/predictor_ops.cc': '',
      'lib/native/network_engine.cc': '',
      'lib/native/instruction_sets.h': '',
      'lib/tools/requirements.txt': 'jupyterlab==1\n',
    }))
      writeFileSync(join(root, file), text);
    for (const tool of tools.split(' '))
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

  const setup = (...options: string[]): Promise<Result> => setupIn({}, ...options);

  function setupIn(surroundings: Record<string, string>, ...options: string[]): Promise<Result> {
    rmSync(at('calls.txt'), { force: true });
    return new Promise((done) =>
      execFile(
        'bash',
        ['setup.sh', ...options],
        { cwd: root, env: { HOME: root, PATH: at('bin'), ...surroundings } },
        (error, out, err) => {
          const calls = existsSync(at('calls.txt')) ? readFileSync(at('calls.txt'), 'utf8').trim().split('\n') : [];
          done({
            code: Number(error?.code ?? 0),
            out: out + err,
            calls: calls.filter((call) => !/^(node -p|node lib\/tools\/packages\.js|python3 -Ic)/.test(call)),
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
      'node node_modules/typescript/bin/tsc',
      'node -r',
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
    assert.deepEqual((await setup()).calls, ['node node_modules/typescript/bin/tsc -b']);
    touch('lib/native/network_engine.cc');
    const native = (await setup()).calls;
    assert.ok(native.some((call) => call.startsWith('g++')) && !native.includes('npm ci '), native.join());
    touch('lib/native/instruction_sets.h'); // which the sources of both addons include
    const both = (await setup()).calls.filter((call) => call.startsWith('g++'));
    assert.ok(both.length === 2, both.join());
    writeFileSync(at('lib/tools/requirements.txt'), 'jupyterlab==2\n');
    assert.ok((await setup()).calls.includes('python3 -m venv'));
  });

  it('installs again after the lock file changed, and links the library again without unpacking', async () => {
    await setup();
    writeFileSync(at('package-lock.json'), lockFile({ 'node_modules/typescript': { version: '2' } }));
    const { calls, code } = await setup();
    assert.equal(code, 0);
    assert.ok(calls.includes('npm ci --no-progress'), calls.join());
    assert.ok(calls.some((call) => call.startsWith('g++ -w')) && !calls.includes('python3 -m pip'), calls.join());
    touch('package-lock.json');
    assert.deepEqual((await setup()).calls, [], 'a newer file of the same content changes nothing');
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
    writeFileSync(at('node-version'), '25.1.0');
    const node = await setup();
    assert.equal(node.code, 1);
    assert.match(node.out, /found: 25\.1\.0\n {2}remedy: install Node 24 or 22/);
  });

  it('installs the same whatever the user has set elsewhere', async () => {
    const node = {
      NODE_ENV: 'production',
      npm_config_omit: 'dev',
      NPM_CONFIG_DRY_RUN: 'true',
      npm_config_registry: 'r',
    };
    const python = { PIP_USER: '1', PIP_TARGET: '/tmp', PYTHONPATH: '/tmp', PYTHONHOME: '/tmp', PIP_INDEX_URL: 'i' };
    const { code, out } = await setupIn({ ...node, ...python, CDPATH: '/tmp:/' });
    assert.equal(code, 0, out);
    const seen = ['npm-env', 'pip-env'].map((file) => readFileSync(at(file), 'utf8')).join('');
    assert.doesNotMatch(seen, /^(NODE_ENV|npm_config_omit|NPM_CONFIG_DRY_RUN|PIP_TARGET|PYTHONPATH|PYTHONHOME)=/m);
    assert.match(seen, /^PIP_USER=0$/m);
    assert.match(seen, /^npm_config_registry=r$/m, 'where packages come from stays the user’s choice');
    assert.match(seen, /^PIP_INDEX_URL=i$/m);
  });

  it('does not take half of the packages for all, and puts the old ones back', async () => {
    await setup();
    writeFileSync(at('node_modules/old'), '');
    writeFileSync(at('package-lock.json'), lockFile({ 'node_modules/typescript': { version: '2' } }));
    writeFileSync(at('omit-dev'), '');
    const { code, out } = await setup();
    assert.equal(code, 1);
    assert.match(
      out,
      /setup: packages failed\.[^]*packages of package-lock\.json are missing[^]*remedy: .*npm config ls/,
    );
    assert.ok(existsSync(at('node_modules/old')) && !existsSync(at('.cache/setup/aside/node_modules')));
    rmSync(at('omit-dev'));
    assert.ok((await setup()).calls.includes('npm ci --no-progress'));
    assert.ok(!existsSync(at('node_modules/old')));
  });

  it('notices a package, a Python, a library, a build that went away', async () => {
    await setup();
    const losses: [part: string, lose: () => void][] = [
      ['packages', () => rmSync(at('node_modules/typescript'), { recursive: true })],
      ['python', () => (rmSync(at('.venv/bin/python')), symlinkSync('/no/such/python3', at('.venv/bin/python')))],
      ['library', () => rmSync(at('.cache/tensorflow/cpu/lib/libtensorflow_cc.so.2'))],
      ['library', () => truncateSync(at('.cache/tensorflow/cpu/lib/libtensorflow_framework.so.2'))],
      ['library', () => rmSync(at('.cache/tensorflow/cpu/include/tensorflow/c/c_api.h'))],
      ['addon', () => rmSync(at('node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node'))],
      ['lib', () => rmSync(at('lib/dist/index.js'))],
      ['kernel', () => rmSync(at('.venv/share/jupyter/kernels'), { recursive: true })],
    ];
    for (const [part, lose] of losses) {
      lose();
      const { code, out } = await setup();
      assert.equal(code, 0, out);
      assert.match(out, new RegExp(`^setup: ${part}: done`, 'm'));
      assert.deepEqual((await setup()).calls, []);
    }
  });

  it('says when packages of Python are installed but cannot be imported', async () => {
    writeFileSync(at('fail-import'), '');
    const { code, out } = await setup();
    assert.equal(code, 1);
    assert.match(out, /setup: python failed\.[^]*cannot be imported[^]*remedy: .*pip config list/);
  });

  it('goes on without a network in a folder that was moved', async () => {
    await setup();
    const moved = `${root} möved`;
    renameSync(root, moved);
    root = moved;
    // The stand-ins are found through HOME, which moved too; a real Python stays where it is.
    rmSync(at('.venv/bin/python'));
    symlinkSync(at('bin/python3'), at('.venv/bin/python'));
    for (const tool of ['fail-npm', 'fail-pip']) writeFileSync(at(tool), '');
    const { code, out, calls } = await setup();
    assert.equal(code, 0, out);
    assert.deepEqual(calls, ['node node_modules/tslab/bin/tslab install']);
    assert.deepEqual((await setup()).calls, []);
  });

  it('keeps the environment that is there when a new one cannot be fetched', async () => {
    await setup();
    writeFileSync(at('lib/tools/requirements.txt'), 'jupyterlab==2\n');
    writeFileSync(at('fail-pip'), '');
    assert.equal((await setup()).code, 1);
    assert.equal(readFileSync(at('.venv/.setup'), 'utf8'), 'jupyterlab==1\n');
  });

  it('takes what a killed set-up put aside back', async () => {
    await setup();
    renameSync(at('node_modules'), at('.cache/setup/aside/node_modules'));
    mkdirSync(at('node_modules/half'), { recursive: true });
    const { code, out, calls } = await setup();
    assert.equal(code, 0, out);
    assert.deepEqual(calls, []);
    assert.ok(!existsSync(at('node_modules/half')));
  });

  it('needs no right to write where nothing is missing, and says what is missing where something is', async function () {
    await setup();
    const asNobody = process.getuid?.() === 0 ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all'] : ['env'];
    if (spawnSync(asNobody[0]!, ['--version']).error) {
      console.log('    no setpriv here: the test of a read-only checkout by root is skipped');
      this.skip();
    }
    const readOnly = () =>
      spawnSync(asNobody[0]!, [...asNobody.slice(1), at('bin/bash'), 'setup.sh'], {
        cwd: root,
        env: { HOME: root, PATH: `${at('bin')}:${process.env['PATH']}` },
        encoding: 'utf8',
      });
    for (const file of ['calls.txt', 'npm-env', 'pip-env']) writeFileSync(at(file), '');
    execFileSync('chmod', ['-R', 'a-w', at('.cache'), at('lib'), at('node_modules'), at('.venv')]);
    try {
      const { status, stdout, stderr } = readOnly();
      assert.deepEqual([status, stdout, stderr], [0, '', '']);
      touch('lib/src/index.ts');
      const missing = readOnly();
      assert.equal(missing.status, 1);
      assert.match(missing.stderr, /setup: checkout failed\.[^]*missing here: build[^]*remedy: .*as the owner/);
    } finally {
      execFileSync('chmod', ['-R', 'u+w', root]);
    }
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

describe('a clone', () => {
  it('has the line ends of Unix even where git is told to change them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'clone-'));
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8', stdio: 'pipe' });
    try {
      git('init', '-q', join(folder, 'one'));
      for (const file of ['.gitattributes', 'setup.sh', 'package.json'])
        copyFileSync(join(checkout, file), join(folder, 'one', file));
      git('-C', join(folder, 'one'), 'add', '.');
      git('-C', join(folder, 'one'), 'commit', '-qm', 'one');
      git('-c', 'core.autocrlf=true', 'clone', '-q', join(folder, 'one'), join(folder, 'two'));
      for (const file of ['setup.sh', 'package.json'])
        assert.ok(!readFileSync(join(folder, 'two', file), 'utf8').includes('\r'), file);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
