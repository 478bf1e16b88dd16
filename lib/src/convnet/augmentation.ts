/**
 * How training images of CIFAR-10 are varied, in plain loops over bytes. The authors' way (`cifar_augment.py`, protocol
 * §6.2): a horizontal flip, a crop of up to two rows at the top and columns at the left, and a shift by part of a pixel,
 * each with probability ½ and in this order, then a bilinear resize to the full size. The field's usual way: a flip with
 * probability ½ and a shift by whole pixels. All of it is linear and acts on rows and columns alike, so an image needs one
 * pass along each axis, with three taps a pixel.
 */
import { Random } from '../tensors/random';
import { IMAGE_BYTES, type LabelledImages } from '../images/cifar10';

/** How training images are varied. */
export interface Augmentation {
  /** The authors' flip, crop and shift; a flip and a shift by up to four whole pixels each way; or nothing. */
  geometry: 'official' | 'flip-shift' | 'none';
  /** Probability that an image is mixed with a second one, λ ~ Beta(1.5, 1.5). */
  mixup: number;
  /** Share of the target that is spread over all classes. */
  labelSmoothing: number;
}

/** What the authors do (protocol §6.2). */
export const OFFICIAL_AUGMENTATION: Augmentation = { geometry: 'official', mixup: 0.5, labelSmoothing: 0.01 };

/** Side of an image. */
const SIDE = 32;
/** Largest number of rows or columns that the crop removes. */
const CROP = 2;
/** Range of the authors' shift in pixels. */
const SHIFT = { from: -2, to: 3 };
/** Whole pixels of the other one: ResNet's padding by four and random crop, the training of NAS-Bench-201 too. */
const WHOLE_SHIFT = 4;

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
/** Shifts by −4 … 4 whole pixels, made once; first not mirrored, then mirrored. */
const WHOLE_SHIFTS = [false, true].map((mirrored) =>
  Array.from({ length: 2 * WHOLE_SHIFT + 1 }, (_, i) => cropShiftResize(0, i - WHOLE_SHIFT, mirrored)),
);

/**
 * Draws batches with replacement, augmented, mixed and shrunk to the network's size, as an engine takes them. The arrays
 * are reused by every draw.
 */
export class BatchSource {
  /** `[batch, size, size, 3]`, values in 0 … 1. */
  readonly images: Float32Array;
  /** `[batch, classes]`. */
  readonly targets: Float32Array;
  /** The batch in full size; the same array as `images` where that is the network's. */
  private readonly full: Float32Array;

  /**
   * @param addImage what computes; the engine's own is faster
   * @param size side of the images that the network takes, which divides 32
   * @throws RangeError for a label that is none of the classes
   */
  constructor(
    private readonly data: LabelledImages,
    batch: number,
    private readonly classes: number,
    private readonly augmentation: Augmentation,
    private readonly random: Random,
    private readonly addImage: AddImage = addImagePlainly,
    private readonly size = SIDE,
  ) {
    const strange = data.labels.find((label) => label >= classes);
    if (strange !== undefined) throw new RangeError(`found label ${strange}, expected one below ${classes}`);
    this.full = new Float32Array(batch * IMAGE_BYTES);
    this.images = size === SIDE ? this.full : new Float32Array(batch * size * size * 3);
    this.targets = new Float32Array(batch * classes);
  }

  /** Fills `images` and `targets` with the next batch. */
  draw(): void {
    const { random, targets, classes, augmentation } = this;
    this.full.fill(0);
    targets.fill(augmentation.labelSmoothing / classes);
    for (let b = 0; b < targets.length / classes; b++) {
      const mixed = random.uniform() < augmentation.mixup;
      const share = mixed ? betaOneAndAHalf(random) : 1;
      this.add(b, share);
      if (mixed) this.add(b, 1 - share);
    }
    if (this.size !== SIDE) shrinkImages(this.full, this.size, this.images);
  }

  /** Adds a random image to place b of the batch, times `share`. */
  private add(b: number, share: number): void {
    const { random, data, classes, augmentation } = this;
    const index = random.integer(data.count);
    const { across, down } = this.axes();
    const pixels = data.pixels.subarray(index * IMAGE_BYTES, (index + 1) * IMAGE_BYTES);
    const to = this.full.subarray(b * IMAGE_BYTES, (b + 1) * IMAGE_BYTES);
    this.addImage(pixels, across, down, share / 255, to);
    this.targets[b * classes + data.labels[index]!]! += share * (1 - augmentation.labelSmoothing);
  }

  /** What the next image's axes become. */
  private axes(): { across: Axis; down: Axis } {
    const { random } = this;
    const { geometry } = this.augmentation;
    if (geometry === 'none') return { across: UNCHANGED, down: UNCHANGED };
    const mirrored = random.uniform() < 0.5;
    if (geometry === 'flip-shift') {
      const [straight, reversed] = WHOLE_SHIFTS as [Axis[], Axis[]];
      const across = (mirrored ? reversed : straight)[random.integer(straight.length)]!;
      return { across, down: straight[random.integer(straight.length)]! };
    }
    const crop = random.uniform() < 0.5 ? [random.integer(CROP + 1), random.integer(CROP + 1)] : [0, 0];
    const [shiftX, shiftY] = random.uniform() < 0.5 ? [shift(random), shift(random)] : [0, 0];
    const unchanged = mirrored ? MIRRORED : UNCHANGED;
    return {
      across: crop[1] === 0 && shiftX === 0 ? unchanged : cropShiftResize(crop[1]!, shiftX, mirrored),
      down: crop[0] === 0 && shiftY === 0 ? UNCHANGED : cropShiftResize(crop[0]!, shiftY, false),
    };
  }
}

/**
 * Makes images smaller: each pixel of `to` (`[count, size, size, 3]`) is the mean of a block of `from`
 * (`[count, 32, 32, 3]`).
 *
 * @throws RangeError when the size does not divide 32
 */
export function shrinkImages(from: Float32Array, size: number, to: Float32Array): void {
  if (SIDE % size !== 0)
    throw new RangeError(`images of ${SIDE} pixels cannot be shrunk to ${size}: it does not divide`);
  const block = SIDE / size;
  const scale = 1 / block ** 2;
  to.fill(0);
  for (let row = 0; row < from.length / (3 * SIDE); row++) {
    // Images follow one another, so rows of all of them can be counted through.
    const line = Math.floor(row / block) * size * 3;
    for (let column = 0; column < SIDE; column++) {
      const source = 3 * (row * SIDE + column);
      const target = line + 3 * Math.floor(column / block);
      for (let k = 0; k < 3; k++) to[target + k]! += scale * from[source + k]!;
    }
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
