import type { NetworkSize } from '../benchmarks/benchmark';
import { type NetworkTraining } from '../convnet/train-network';
import { type Cifar10, type LabelledImages } from '../images/cifar10';
import { balancedPart } from '../images/mini-cifar10';

/** Everything that the accuracy of a trained cell depends on beside the cell and the seed. */
export interface TruthRecipe extends NetworkTraining {
  name: string;
  /** One line for people: what it is for. */
  about: string;
  /** How large a network is built around the cell; full: the space's own. */
  network: NetworkSize | 'full';
  /** Training images of each class; all 5,000 by default. */
  imagesPerClass?: number;
}

/** Protocol §6.2. */
const OFFICIAL = { geometry: 'official', mixup: 0.5, labelSmoothing: 0.01 } as const;
const PLAIN = { geometry: 'flip-shift', mixup: 0, labelSmoothing: 0 } as const;

/** A short training of a small network: what the pilot varies. */
const base: TruthRecipe = {
  name: '32x8',
  about: 'pilot: 32 × 32 images, 8 channels, 1 cell a stage',
  network: { channels: 8, cells: 1, imageSize: 32 },
  batch: 64,
  phases: [{ epochs: 2, rate: 5e-3, warmUp: 0.15, decay: 'cosine' }],
  augmentation: PLAIN,
};

function candidate(
  name: string,
  about: string,
  network: NetworkSize,
  epochs: number,
  changes: Partial<TruthRecipe> = {},
): TruthRecipe {
  return { ...base, name, about: `pilot: ${about}`, network, phases: [{ ...base.phases[0]!, epochs }], ...changes };
}

const SMALL: NetworkSize = { channels: 8, cells: 3, imageSize: 16 };

/** Candidates of the pilot that chose `reduced`; each takes about 30 s a network of NAS-Bench-201 and core. */
export const PILOT_RECIPES: readonly TruthRecipe[] = [
  base,
  candidate('16x8', '16 × 16 images, 8 channels, 1 cell a stage', { channels: 8, cells: 1, imageSize: 16 }, 8),
  candidate('16x8x3', '16 × 16 images, 8 channels, 3 cells a stage', SMALL, 5),
  candidate('16x16', '16 × 16 images, 16 channels, 1 cell a stage', { channels: 16, cells: 1, imageSize: 16 }, 3),
  candidate('16x8x5', '16 × 16 images, 8 channels, 5 cells a stage', { channels: 8, cells: 5, imageSize: 16 }, 3),
  candidate('16x8x3-official', 'as 16x8x3, with the authors’ augmentation, mixup and smoothing', SMALL, 5, {
    augmentation: OFFICIAL,
  }),
  candidate('16x8x3-bare', 'as 16x8x3, without augmentation', SMALL, 5, {
    augmentation: { geometry: 'none', mixup: 0, labelSmoothing: 0 },
  }),
  candidate('16x8x3-tenth', 'as 16x8x3, 50 epochs of a tenth of the images', SMALL, 50, { imagesPerClass: 500 }),
  candidate('32x8x3', '32 × 32 images, 8 channels, 3 cells a stage', { channels: 8, cells: 3, imageSize: 32 }, 1),
];

/** §7.5: batch 128; 40 epochs at 1e-2, 30 at 1e-3, 10 at 1e-4, each with a new Adam. */
const official: TruthRecipe = {
  name: 'official',
  about: 'the authors’ training of 80 epochs (protocol §7.5) of the space’s own full network',
  network: 'full',
  batch: 128,
  phases: [
    { epochs: 40, rate: 1e-2 },
    { epochs: 30, rate: 1e-3 },
    { epochs: 10, rate: 1e-4 },
  ],
  augmentation: OFFICIAL,
};

/** The recipes that tables are made with. */
export const TRUTH_RECIPES: readonly TruthRecipe[] = [official];

/** A recipe by name; undefined where there is none. */
export function truthRecipe(name: string): TruthRecipe | undefined {
  return [...TRUTH_RECIPES, ...PILOT_RECIPES].find((recipe) => recipe.name === name);
}

/** The seed that a part of the training images is drawn with; the same for all cells and runs. */
const IMAGES_SEED = 0;

/** What a network is trained on, and what it is tested on. */
export interface TruthImages {
  images: LabelledImages;
  test: LabelledImages;
}

/** A recipe's training images, and all test images. */
export function truthImages({ imagesPerClass }: TruthRecipe, { train, test }: Cifar10): TruthImages {
  return { images: imagesPerClass === undefined ? train : balancedPart(train, imagesPerClass, IMAGES_SEED), test };
}

/** Epochs of a recipe, which is how many losses a cell has. */
export function truthEpochs({ phases }: TruthRecipe): number {
  return phases.reduce((sum, { epochs }) => sum + epochs, 0);
}
