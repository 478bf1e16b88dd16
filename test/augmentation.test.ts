import assert from 'node:assert/strict';
import { addImagePlainly, BatchSource, cropShiftResize, shrinkImages } from '../lib/src/convnet/augmentation';
import { IMAGE_BYTES } from '../lib/src/images/cifar10';
import { Random } from '../lib/src/tensors/random';
import { syntheticImages } from './tiny-codes';
import { assertMixupShares } from './mixup-shares';

const SIDE = 32;
const UNCHANGED = cropShiftResize(0, 0, false);

/** What a row of grey values becomes along the first axis. */
function across(values: (x: number) => number, axis: ReturnType<typeof cropShiftResize>): number[] {
  const pixels = Uint8Array.from({ length: IMAGE_BYTES }, (_, i) => values(Math.floor(i / 3) % SIDE));
  const to = new Float32Array(IMAGE_BYTES);
  addImagePlainly(pixels, axis, UNCHANGED, 1, to);
  return Array.from({ length: SIDE }, (_, x) => to[3 * x]!);
}

describe('augmentation', () => {
  it('leaves an image alone, or mirrors it', () => {
    assert.deepEqual(across((x) => x, UNCHANGED), Array.from({ length: SIDE }, (_, x) => x)); // prettier-ignore
    assert.deepEqual(across((x) => x, cropShiftResize(0, 0, true)), Array.from({ length: SIDE }, (_, x) => 31 - x)); // prettier-ignore
  });

  it('shifts by parts of a pixel, with black moving in', () => {
    const shifted = across((x) => 10 + x, cropShiftResize(0, 1.25, false));
    assert.equal(shifted[0], 0);
    assert.equal(shifted[1], 7.5); // three quarters of pixel 0, which is 10, and a quarter of the black before it
    for (let x = 2; x < SIDE; x++) assert.ok(Math.abs(shifted[x]! - (10 + x - 1.25)) < 1e-5);
    const back = across((x) => 10 + x, cropShiftResize(0, -2, false));
    assert.deepEqual(back.slice(-3), [41, 0, 0]);
  });

  it('removes the first pixels of an axis and stretches the rest over it', () => {
    const cropped = across((x) => 4 * x, cropShiftResize(2, 0, false));
    for (let x = 0; x < SIDE; x++) {
      const at = Math.min(Math.max(((x + 0.5) * 30) / 32 - 0.5, 0), 29) + 2;
      assert.ok(Math.abs(cropped[x]! - 4 * at) < 1e-4, `pixel ${x}`);
    }
    // After mirroring it is the other end that is removed.
    const mirrored = across((x) => 4 * x, cropShiftResize(2, 0, true));
    cropped.forEach((value, x) => assert.ok(Math.abs(mirrored[x]! - (124 - value)) < 1e-4));
  });

  it('changes rows as it changes columns', () => {
    const axis = cropShiftResize(1, 0.7, false);
    const random = new Random(1, 'pixels');
    const pixels = Uint8Array.from({ length: IMAGE_BYTES }, () => random.integer(256));
    const at = (x: number, y: number, c: number): number => 3 * (SIDE * y + x) + c;
    const transposed = pixels.map((_, i) => pixels[at(Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE, i % 3)]!);
    const [a, b] = [new Float32Array(IMAGE_BYTES), new Float32Array(IMAGE_BYTES)];
    addImagePlainly(pixels, axis, UNCHANGED, 1, a);
    addImagePlainly(transposed, UNCHANGED, axis, 1, b);
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) assert.ok(Math.abs(a[at(x, y, 0)]! - b[at(y, x, 0)]!) < 1e-3);
  });

  it('draws half of the batch mixed, with targets that are distributions', () => {
    const source = new BatchSource(syntheticImages(50), 16, 10, { geometry: 'official', mixup: 0.5, labelSmoothing: 0.01 }, new Random(1, 'b')); // prettier-ignore
    let mixed = 0;
    const shares: number[] = [];
    for (let draw = 0; draw < 50; draw++) {
      source.draw();
      assert.ok(source.images.every((value) => value >= 0 && value <= 1 + 1e-6));
      for (let b = 0; b < 16; b++) {
        const target = source.targets.subarray(10 * b, 10 * b + 10);
        assert.ok(Math.abs(target.reduce((x, y) => x + y) - 1) < 1e-5);
        const classes = target.filter((value) => value > 0.0011);
        if (classes.length === 2) mixed++;
        if (classes.length === 2) shares.push(classes[0]! / 0.99);
      }
    }
    // Two images of one class in ten look unmixed: 0.45 of 800 are expected, with a deviation of 14.
    assert.ok(Math.abs(mixed - 360) < 60, `${mixed} mixed`);
    assertMixupShares(shares);
  });

  it('draws plain images when nothing is to be varied', () => {
    const images = syntheticImages(20);
    const source = new BatchSource(
      images,
      4,
      10,
      { geometry: 'none', mixup: 0, labelSmoothing: 0 },
      new Random(1, 'b'),
    );
    source.draw();
    for (let b = 0; b < 4; b++) {
      const label = source.targets.subarray(10 * b, 10 * b + 10).indexOf(1);
      const found = Array.from(images.labels.keys()).some(
        (i) =>
          images.labels[i] === label &&
          source.images
            .subarray(b * IMAGE_BYTES, (b + 1) * IMAGE_BYTES)
            .every((value, p) => Math.abs(value * 255 - images.pixels[i * IMAGE_BYTES + p]!) < 1e-3),
      );
      assert.ok(found, `image ${b}`);
    }
  });

  it('flips and shifts by whole pixels, up to four each way', () => {
    const images = { count: 1, labels: Uint8Array.of(0), pixels: new Uint8Array(IMAGE_BYTES) };
    const [x, y] = [9, 20];
    for (let c = 0; c < 3; c++) images.pixels[3 * (SIDE * y + x) + c] = 255;
    const source = new BatchSource(images, 8, 10, { geometry: 'flip-shift', mixup: 0, labelSmoothing: 0 }, new Random(1, 'b')); // prettier-ignore
    const seen = new Set<string>();
    for (let draw = 0; draw < 500; draw++) {
      source.draw();
      for (let b = 0; b < 8; b++) {
        const image = source.images.subarray(b * IMAGE_BYTES, (b + 1) * IMAGE_BYTES);
        const white = Array.from(image.keys()).filter((i) => image[i]! > 0.999);
        assert.equal(white.length, 3, 'a pixel stays one pixel');
        const at = white[0]! / 3;
        seen.add(`${at % SIDE},${Math.floor(at / SIDE)}`);
      }
    }
    const shifts = [-4, -3, -2, -1, 0, 1, 2, 3, 4];
    const expected = [x, SIDE - 1 - x].flatMap((column) => shifts.flatMap((dx) => shifts.map((dy) => `${column + dx},${y + dy}`))); // prettier-ignore
    assert.deepEqual([...seen].sort(), expected.sort());
  });

  it('shrinks images to means of blocks', () => {
    const from = Float32Array.from({ length: 2 * IMAGE_BYTES }, (_, i) => i % 7);
    const to = new Float32Array(2 * 8 * 8 * 3);
    shrinkImages(from, 8, to);
    for (const [image, row, column, c] of [
      [0, 0, 0, 0],
      [1, 7, 3, 2],
      [1, 2, 7, 1],
    ] as const) {
      // prettier-ignore
      let mean = 0;
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 4; x++) mean += from[image * IMAGE_BYTES + 3 * (SIDE * (4 * row + y) + 4 * column + x) + c]! / 16; // prettier-ignore
      }
      assert.ok(Math.abs(to[image * 192 + 3 * (8 * row + column) + c]! - mean) < 1e-5);
    }
    assert.throws(() => shrinkImages(from, 12, to), /cannot be shrunk to 12/);
    const images = syntheticImages(20);
    const plain = { geometry: 'none', mixup: 0, labelSmoothing: 0 } as const;
    const [full, small] = [32, 16].map((size) => new BatchSource(images, 4, 10, plain, new Random(1, 'b'), undefined, size)); // prettier-ignore
    full!.draw();
    small!.draw();
    const expected = new Float32Array(4 * 16 * 16 * 3);
    shrinkImages(full!.images, 16, expected);
    assert.deepEqual(small!.images, expected);
  });
});
