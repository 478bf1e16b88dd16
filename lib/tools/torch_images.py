"""Batches of training images in PyTorch, varied as lib/src/convnet/augmentation.ts varies them, many at a time."""

from typing import NamedTuple

import torch
from torch.nn import functional

SIDE = 32
CROP = 2  # largest number of rows or columns that the crop removes
SHIFT = -2, 3  # range of the authors' shift in pixels
WHOLE_SHIFT = 4  # the other one's, each way
AT_ONCE = 4096  # images that are varied at a time: what lies between takes 100 MB


class Draws(NamedTuple):
    """What chance says of n images; of pairs the first is for rows (down), the second for columns (across)."""

    index: torch.Tensor  # [n], in the data
    mirrored: torch.Tensor  # [n]
    crop: torch.Tensor  # [n, 2], pixels
    shift: torch.Tensor  # [n, 2], pixels


def draw(count, images, geometry, generator):
    """Draws for `count` out of `images` images, with replacement."""
    device = generator.device
    pair = count, 2

    def often(shape):
        return torch.rand(shape, generator=generator, device=device) < 0.5

    def whole(bound, shape):
        return torch.randint(bound, shape, generator=generator, device=device)

    index = whole(images, (count,))
    mirrored, crop, shift = often((count,)), torch.zeros(pair, device=device), torch.zeros(pair, device=device)
    if geometry == "none":
        mirrored = torch.zeros_like(mirrored)
    elif geometry == "flip-shift":
        shift = (whole(2 * WHOLE_SHIFT + 1, pair) - WHOLE_SHIFT).float()
    else:
        crop = whole(CROP + 1, pair) * often((count, 1)).float()
        uniform = torch.rand(pair, generator=generator, device=device)
        shift = (SHIFT[0] + (SHIFT[1] - SHIFT[0]) * uniform) * often((count, 1))
    return Draws(index, mirrored, crop, shift)


def axes(crop, shift, mirrored):
    """`[n, 32, 32]`: an axis after crop, shift and resize is the product of this matrix and the axis before."""
    crop, shift, mirrored = crop[:, None], shift[:, None], mirrored[:, None, None]
    place = torch.arange(SIDE, device=crop.device)
    length = SIDE - crop
    whole = torch.floor(-shift)
    part = -shift - whole
    # Pixel centres are at halves; beyond the first and last centre the outermost pixel is repeated.
    at = torch.minimum(((place + 0.5) * length / SIDE - 0.5).clamp(min=0), length - 1)
    first = torch.floor(at)
    f = at - first
    taps = torch.stack([(1 - f) * (1 - part), (1 - f) * part + f * (1 - part), f * part], -1)
    cropped = (first + whole)[:, :, None] + torch.arange(3, device=crop.device)
    inside = (cropped >= 0) & (cropped < length[:, :, None])  # the rest is black
    source = crop[:, :, None] + cropped
    source = torch.where(mirrored, SIDE - 1 - source, source).clamp(0, SIDE - 1).long()
    return torch.zeros(len(crop), SIDE, SIDE, device=crop.device).scatter_add_(2, source, taps * inside)


def vary(pixels, draws):
    """The drawn ones of images `[count, 3, 32, 32]` of bytes, varied, 0 … 1."""
    crop, shift, still = draws.crop, draws.shift, torch.zeros_like(draws.mirrored)
    down = axes(crop[:, 0], shift[:, 0], still)[:, None]
    across = axes(crop[:, 1], shift[:, 1], draws.mirrored)[:, None]
    return down @ (pixels[draws.index].float() / 255) @ across.transpose(2, 3)


def mixed(data, pairs, classes, label_smoothing):
    """Images `[n, 3, 32, 32]` and targets `[n, classes]` that are sums of images times shares `[n]`.

    pairs: a list of (draws, share); data: pixels and labels.
    """
    pixels, labels = data
    images = sum(vary(pixels, draws) * share[:, None, None, None] for draws, share in pairs)
    hot = sum(functional.one_hot(labels[draws.index], classes) * share[:, None] for draws, share in pairs)
    return images, label_smoothing / classes + (1 - label_smoothing) * hot


def shrink(images, size):
    """Means of blocks."""
    return images if size == SIDE else functional.avg_pool2d(images, SIDE // size)


def fill_batches(images, targets, data, augmentation, generator):
    """Fills images `[n, 3, size, size]` and targets `[n, classes]` with random ones."""
    geometry, mixup = augmentation["geometry"], augmentation["mixup"]
    for at in range(0, len(images), AT_ONCE):
        part = images[at : at + AT_ONCE]
        count = len(part)
        share, pairs = torch.ones(count, device=part.device), []
        if mixup > 0:
            # Beta(1.5, 1.5) has a half circle as its density: where a random point of a disc lies along its diameter.
            a, b, c = torch.rand((3, count), generator=generator, device=part.device)
            share = torch.where(c < mixup, (1 + a.sqrt() * torch.cos(2 * torch.pi * b)) / 2, share)
            pairs.append((draw(count, len(data[0]), geometry, generator), 1 - share))
        pairs.append((draw(count, len(data[0]), geometry, generator), share))
        value, target = mixed(data, pairs, targets.shape[1], augmentation["labelSmoothing"])
        part.copy_(shrink(value, part.shape[-1]))
        targets[at : at + AT_ONCE] = target
