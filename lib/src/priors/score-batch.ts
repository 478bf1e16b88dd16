import { IMAGE_BYTES, type LabelledImages } from '../images/cifar10';
import { Random } from '../tensors/random';

/** Images that zero-cost scores are taken on, as in `SamsungLabs/zero-cost-nas` (`nasbench2_pred.py`). */
export const SCORE_BATCH = 64;

/** NAS-Bench-201's normalisation of CIFAR-10, by colour, bytes (AutoDL-Projects, `get_dataset_with_transform.py`). */
const MEAN = [125.3, 123.0, 113.9];
const DEVIATION = [63.0, 62.1, 66.7];

const CIFAR10_CLASSES = 10;

/** One batch, ready for a network. */
export interface ScoreBatch {
  /** `[batch, 32, 32, 3]`, normalised and not augmented. */
  images: Float32Array;
  /** `[batch, classes]`, one 1 for each image. */
  targets: Float32Array;
}

/**
 * The batch that all networks of a table are scored on.
 *
 * @param train CIFAR-10's training images
 * @param classes of the network; where they are not CIFAR-10's ten, the labels are drawn at random: at fresh weights
 *   logits know nothing of classes, and only how many images share one matters
 */
export function scoreBatch(train: LabelledImages, classes: number, seed: number): ScoreBatch {
  const chosen = new Random(seed, 'images of zero-cost scores').sample(train.count, SCORE_BATCH);
  const labels = new Random(seed, 'labels of zero-cost scores', classes);
  const images = new Float32Array(SCORE_BATCH * IMAGE_BYTES);
  const targets = new Float32Array(SCORE_BATCH * classes);
  chosen.forEach((from, b) => {
    for (let i = 0; i < IMAGE_BYTES; i++) {
      const byte = train.pixels[from * IMAGE_BYTES + i]!;
      images[b * IMAGE_BYTES + i] = (byte - MEAN[i % 3]!) / DEVIATION[i % 3]!;
    }
    const label = classes === CIFAR10_CLASSES ? train.labels[from]! : labels.integer(classes);
    targets[b * classes + label] = 1;
  });
  return { images, targets };
}
