import type { NetworkSize } from '../benchmarks/benchmark';
import { OFFICIAL_AUGMENTATION } from '../convnet/augmentation';
import { type NetworkTraining } from '../convnet/train-network';
import { type Cifar10, type LabelledImages } from '../images/cifar10';
import { balancedPart } from '../images/mini-cifar10';

/** Everything that the accuracy of a trained cell depends on beside the cell and the seed. */
export interface TruthRecipe extends NetworkTraining {
  name: string;
  /** One line for people. */
  about: string;
  /** How large a network is built around the cell; full: the space's own. */
  network: NetworkSize | 'full';
  /** Training images of each class; all 5,000 by default. */
  imagesPerClass?: number;
}

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
  augmentation: OFFICIAL_AUGMENTATION,
};

/** An epoch or some of all images at full size through a network of half the width and one cell a stage. */
const shallow: TruthRecipe = {
  name: '32-half-1',
  about: '32 × 32 pixels, half the channels, 1 cell a stage, 2 epochs, flips and shifts',
  network: { width: 1 / 2, cells: 1, imageSize: 32 },
  batch: 16,
  phases: [{ epochs: 2, rate: 2.5e-3, warmUp: 0.15, decay: 'cosine' }],
  augmentation: { geometry: 'flip-shift', mixup: 0, labelSmoothing: 0 },
};

/** Phases like those of `shallow`; the rate goes with the root of the batch. */
const once = (epochs: number, rate = 2.5e-3): Pick<TruthRecipe, 'phases'> => ({
  phases: [{ ...shallow.phases[0]!, epochs, rate }],
});

/**
 * The recipe of the tables, which the pilot chose (data/README.md). It was the best by less than 40 networks can establish:
 * all channels and one epoch against half of them and two, at about the same price.
 */
const reduced: TruthRecipe = {
  ...shallow,
  ...once(1),
  name: 'reduced',
  about: '32 × 32 pixels, all channels, 1 cell a stage, 1 epoch of 30,000 images',
  network: { width: 1, cells: 1, imageSize: 32 },
  imagesPerClass: 3000,
};

/** Candidates of the pilot that chose `reduced`; each was sized to about 30 s a network on an idle core. */
export const PILOT_RECIPES: readonly TruthRecipe[] = [
  shallow,
  { ...shallow, ...once(1), name: '32-half-1-once', about: 'as 32-half-1, 1 epoch' },
  {
    ...shallow,
    ...once(1),
    name: '32-half',
    about: '32 × 32 pixels, half the channels, all cells, 1 epoch of 30,000 images',
    network: { width: 1 / 2, imageSize: 32 },
    imagesPerClass: 3000,
  },
  { ...reduced, name: '32-full-1' },
  {
    ...shallow,
    name: '32-half-1-official',
    about: 'as 32-half-1, the authors’ augmentation',
    augmentation: OFFICIAL_AUGMENTATION,
  },
  {
    ...shallow,
    name: '32-half-1-bare',
    about: 'as 32-half-1, without augmentation',
    augmentation: { geometry: 'none', mixup: 0, labelSmoothing: 0 },
  },
  {
    ...shallow,
    ...once(20),
    name: '32-half-1-tenth',
    about: 'as 32-half-1, 20 epochs of 5,000 images',
    imagesPerClass: 500,
  },
  {
    ...shallow,
    ...once(3, 5e-3),
    name: '16-half-batch-64',
    about: '16 × 16 pixels, half the channels, all cells, 3 epochs, batch 64',
    network: { width: 1 / 2, imageSize: 16 },
    batch: 64,
  },
  {
    ...shallow,
    ...once(8, 5e-3),
    name: '16-half-1-batch-64',
    about: '16 × 16 pixels, half the channels, 1 cell a stage, 8 epochs, batch 64',
    network: { width: 1 / 2, cells: 1, imageSize: 16 },
    batch: 64,
  },
];

/** The recipes that tables are made with. */
export const TRUTH_RECIPES: readonly TruthRecipe[] = [reduced, official];

/** How many times as long a `-long` training is. */
const LONG = 5;
const LONG_SUFFIX = '-long';

/**
 * A recipe by name; `<name>-long` trains five times as long, to see how far a short training is from where it leads.
 * Undefined where there is none.
 */
export function truthRecipe(name: string): TruthRecipe | undefined {
  const named = (wanted: string): TruthRecipe | undefined =>
    [...TRUTH_RECIPES, ...PILOT_RECIPES].find((recipe) => recipe.name === wanted);
  const known = named(name);
  if (known !== undefined || !name.endsWith(LONG_SUFFIX)) return known;
  const short = named(name.slice(0, -LONG_SUFFIX.length));
  return (
    short && {
      ...short,
      name,
      about: `as ${short.name}, ${LONG} times as long`,
      phases: short.phases.map((phase) => ({ ...phase, epochs: LONG * phase.epochs })),
    }
  );
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
