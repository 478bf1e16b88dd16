import { Random } from '../tensors/random';
import { IMAGE_BYTES, type LabelledImages } from './cifar10';

/**
 * A fixed, balanced part of a set of images: the mini CIFAR-10 of the estimation codes are 5,000 of the training images,
 * 500 a class (protocol §6.2; whether the authors' set is balanced is unknown). Equal seeds give equal sets.
 *
 * @param perClass images of each class
 * @throws RangeError when a class has fewer
 */
export function balancedPart(images: LabelledImages, perClass: number, seed: number): LabelledImages {
  const byClass: number[][] = [];
  images.labels.forEach((label, i) => (byClass[label] ??= []).push(i));
  const chosen = byClass.flatMap((members, label) =>
    Array.from(new Random(seed, 'mini-cifar10', label).sample(members.length, perClass), (i) => members[i]!),
  );
  const pixels = new Uint8Array(chosen.length * IMAGE_BYTES);
  chosen.forEach((from, to) => {
    pixels.set(images.pixels.subarray(from * IMAGE_BYTES, (from + 1) * IMAGE_BYTES), to * IMAGE_BYTES);
  });
  return { count: chosen.length, pixels, labels: Uint8Array.from(chosen, (i) => images.labels[i]!) };
}
