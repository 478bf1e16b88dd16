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

/** CIFAR-10 comes in five batches of training images and one of test images, and how many images each has. */
export const TRAINING_BATCHES = 5;
export const BATCH_IMAGES = 10_000;

/** All images of some sets, one after the other. */
export function concatenate(batches: readonly LabelledImages[]): LabelledImages {
  return {
    count: batches.reduce((total, { count }) => total + count, 0),
    pixels: Buffer.concat(batches.map(({ pixels }) => pixels)),
    labels: Buffer.concat(batches.map(({ labels }) => labels)),
  };
}
