/**
 * The authors' augmentation of CIFAR-10 images (`cifar_augment.py`, protocol §6.2), in plain loops over bytes: a horizontal
 * flip, a crop of up to two rows at the top and columns at the left, and a shift by part of a pixel, each with
 * probability ½ and in this order, then a bilinear resize to the full size. Crop, shift and resize are linear and act on rows
 * and columns alike, so an image needs one pass along each axis, with three taps a pixel.
 */
import { Random } from '../tensors/random';
import { IMAGE_BYTES, type LabelledImages } from '../images/cifar10';

/** How training images are varied. */
export interface Augmentation {
  /** Flip, crop and shift. */
  geometric: boolean;
  /** Probability that an image is mixed with a second one, λ ~ Beta(1.5, 1.5). */
  mixup: number;
  /** Share of the target that is spread over all classes. */
  labelSmoothing: number;
}

/** Side of an image. */
const SIDE = 32;
/** Largest number of rows or columns that the crop removes. */
const CROP = 2;
/** Range of the shift in pixels. */
const SHIFT = { from: -2, to: 3 };

/** What one axis of an image becomes (`sources` and `weights` are `[32, 3]`): output pixel o is the sum over k < 3 of weights[3o + k] · input[sources[3o + k]]. */
export interface Axis {
  sources: Int32Array;
  weights: Float32Array;
}

/**
 * The axis after a crop of its first pixels, a shift, and a resize to the full length.
 *
 * @param crop pixels removed at the start
 * @param shift in pixels, toward higher positions; what moves in is black
 * @param mirrored whether the axis was mirrored before
 */
export function cropShiftResize(crop: number, shift: number, mirrored: boolean): Axis {
  const sources = new Int32Array(3 * SIDE);
  const weights = new Float32Array(3 * SIDE);
  const length = SIDE - crop;
  const whole = Math.floor(-shift);
  const part = -shift - whole;
  for (let o = 0; o < SIDE; o++) {
    // Pixel centres are at halves; beyond the first and last centre the outermost pixel is repeated.
    const at = Math.min(Math.max(((o + 0.5) * length) / SIDE - 0.5, 0), length - 1);
    const first = Math.floor(at);
    const f = at - first;
    const taps = [(1 - f) * (1 - part), (1 - f) * part + f * (1 - part), f * part];
    taps.forEach((weight, k) => {
      const cropped = first + whole + k;
      if (weight === 0 || cropped < 0 || cropped >= length) return; // black
      sources[3 * o + k] = mirrored ? SIDE - 1 - (crop + cropped) : crop + cropped;
      weights[3 * o + k] = weight;
    });
  }
  return { sources, weights };
}

const UNCHANGED = cropShiftResize(0, 0, false);
const MIRRORED = cropShiftResize(0, 0, true);

/** Draws batches with replacement, augmented and mixed, as an engine takes them. The arrays are reused by every draw. */
export class BatchSource {
  /** `[batch, 32, 32, 3]`, values in 0 … 1. */
  readonly images: Float32Array;
  /** `[batch, classes]`. */
  readonly targets: Float32Array;

  /** @param addImage what computes; the engine's own is faster */
  constructor(
    private readonly data: LabelledImages,
    batch: number,
    private readonly classes: number,
    private readonly augmentation: Augmentation,
    private readonly random: Random,
    private readonly addImage: AddImage = addImagePlainly,
  ) {
    this.images = new Float32Array(batch * IMAGE_BYTES);
    this.targets = new Float32Array(batch * classes);
  }

  /** Fills `images` and `targets` with the next batch. */
  draw(): void {
    const { random, targets, classes, augmentation } = this;
    this.images.fill(0);
    targets.fill(augmentation.labelSmoothing / classes);
    for (let b = 0; b < targets.length / classes; b++) {
      const mixed = random.uniform() < augmentation.mixup;
      const share = mixed ? betaOneAndAHalf(random) : 1;
      this.add(b, share);
      if (mixed) this.add(b, 1 - share);
    }
  }

  /** Adds a random image to place b of the batch, times `share`. */
  private add(b: number, share: number): void {
    const { random, data, classes, augmentation } = this;
    const index = random.integer(data.count);
    let [across, down] = [UNCHANGED, UNCHANGED];
    if (augmentation.geometric) {
      const mirrored = random.uniform() < 0.5;
      const crop = random.uniform() < 0.5 ? [random.integer(CROP + 1), random.integer(CROP + 1)] : [0, 0];
      const [shiftX, shiftY] = random.uniform() < 0.5 ? [shift(random), shift(random)] : [0, 0];
      across =
        crop[1] === 0 && shiftX === 0 ? (mirrored ? MIRRORED : UNCHANGED) : cropShiftResize(crop[1]!, shiftX, mirrored);
      if (crop[0] !== 0 || shiftY !== 0) down = cropShiftResize(crop[0]!, shiftY, false);
    }
    const pixels = data.pixels.subarray(index * IMAGE_BYTES, (index + 1) * IMAGE_BYTES);
    const to = this.images.subarray(b * IMAGE_BYTES, (b + 1) * IMAGE_BYTES);
    this.addImage(pixels, across, down, share / 255, to);
    this.targets[b * classes + data.labels[index]!]! += share * (1 - augmentation.labelSmoothing);
  }
}

/** `to += scale · image` after both axes' changes; `pixels` and `to` are `[32, 32, 3]`. */
export type AddImage = (pixels: Uint8Array, across: Axis, down: Axis, scale: number, to: Float32Array) => void;

/** `AddImage` in plain loops. */
export const addImagePlainly: AddImage = (pixels, across, down, scale, to) => {
  const rows = new Float32Array(IMAGE_BYTES);
  const line = 3 * SIDE;
  for (let o = 0; o < SIDE; o++) {
    const [a, b, c] = [3 * across.sources[3 * o]!, 3 * across.sources[3 * o + 1]!, 3 * across.sources[3 * o + 2]!];
    const [u, v, w] = [across.weights[3 * o]!, across.weights[3 * o + 1]!, across.weights[3 * o + 2]!];
    for (let row = 0; row < IMAGE_BYTES; row += line) {
      const at = row + 3 * o;
      for (let k = 0; k < 3; k++) {
        rows[at + k] = u * pixels[row + a + k]! + v * pixels[row + b + k]! + w * pixels[row + c + k]!;
      }
    }
  }
  for (let o = 0; o < SIDE; o++) {
    const [a, b, c] = [line * down.sources[3 * o]!, line * down.sources[3 * o + 1]!, line * down.sources[3 * o + 2]!];
    const u = scale * down.weights[3 * o]!;
    const v = scale * down.weights[3 * o + 1]!;
    const w = scale * down.weights[3 * o + 2]!;
    for (let k = 0; k < line; k++) to[line * o + k]! += u * rows[a + k]! + v * rows[b + k]! + w * rows[c + k]!;
  }
};

function shift(random: Random): number {
  return SHIFT.from + (SHIFT.to - SHIFT.from) * random.uniform();
}

/** A draw from Beta(1.5, 1.5), whose density is a half circle: where a random point of a disc lies along its diameter. */
function betaOneAndAHalf(random: Random): number {
  return (1 + Math.sqrt(random.uniform()) * Math.cos(2 * Math.PI * random.uniform())) / 2;
}
