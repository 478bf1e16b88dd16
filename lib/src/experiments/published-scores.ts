/**
 * |Spearman| of zero-cost scores with test accuracy over all 15,625 cells of NAS-Bench-201, by data set, as published:
 * the first six in `SamsungLabs/zero-cost-nas` (`notebooks/nasbench201_correlations.ipynb`, networks of each data set's
 * classes on its own images, accuracies of the training on half of CIFAR-10), NASWOT in Mellor et al. (arXiv:2006.04647v3,
 * to two digits, over the cells with a path).
 */
export const PUBLISHED_SCORES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'grad-norm': { cifar10: 0.594, cifar100: 0.637, imagenet16: 0.578 },
  snip: { cifar10: 0.596, cifar100: 0.637, imagenet16: 0.578 },
  grasp: { cifar10: 0.514, cifar100: 0.547, imagenet16: 0.549 },
  fisher: { cifar10: 0.36, cifar100: 0.385, imagenet16: 0.327 },
  synflow: { cifar10: 0.737, cifar100: 0.763, imagenet16: 0.751 },
  'jacob-cov': { cifar10: 0.731, cifar100: 0.704, imagenet16: 0.701 },
  naswot: { cifar10: 0.81 },
};
