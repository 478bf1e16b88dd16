import type { DataSet } from '../benchmark';

/** The image data sets on which NAS-Bench-201 trained every cell. */
export type BenchmarkDataset = 'cifar10' | 'cifar100' | 'imagenet16';

/** ImageNet16-120 has 16 × 16 images of 120 classes. */
export const DATA_SETS: Readonly<Record<BenchmarkDataset, DataSet>> = {
  cifar10: { title: 'CIFAR-10', imageSize: 32, classes: 10 },
  cifar100: { title: 'CIFAR-100', imageSize: 32, classes: 100 },
  imagenet16: { title: 'ImageNet16-120', imageSize: 16, classes: 120 },
};
