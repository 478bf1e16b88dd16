"""Answers with what lib/tools computes in PyTorch, for tests: a list of questions on standard input, as JSON, and for each
a list of numbers back.

{"ask": "logits", "network", "parameters", "images"}, and {"targets", "rates", "layout"} for a step at each rate before,
laid out as the engines of lib/src/convnet have them.
{"ask": "images", "pixels", "labels", "pairs": [[draws, shares], …], "labelSmoothing"}: images, then targets.
{"ask": "initial", "network", "seed"}: fresh parameters.
{"ask": "starts", "network", "format"}: of each parameter in memory, in bytes after a multiple of 16.
{"ask": "batches", "pixels", "labels", "augmentation", "count"}: random images, then targets.
"""

import json
import sys
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent.parent / "lib/tools"))
from torch_adam import Adam, corrected  # noqa: E402
from torch_images import Draws, fill_batches, mixed  # noqa: E402
from torch_network import Network, initial_values  # noqa: E402


def images_of(values, size):
    return torch.tensor(values).reshape(-1, size, size, 3).permute(0, 3, 1, 2).contiguous()


def as_engines(images):
    return images.permute(0, 2, 3, 1).flatten().tolist()


def logits(network, parameters, images, targets=None, rates=(), layout="contiguous_format"):
    layout = getattr(torch, layout)
    model = Network(network)
    model.load(torch.tensor(parameters))
    images = images_of(images, network["maps"][0]["size"]).contiguous(memory_format=layout)
    if rates:
        adam = Adam(model, torch.float32, layout)
        for rate in corrected(rates):
            loss = functional.cross_entropy(model(images), torch.tensor(targets).view(len(images), -1))
            adam.step(loss, rate)
    with torch.no_grad():
        return model.eval()(images).flatten().tolist()


def images(pixels, labels, pairs, labelSmoothing):
    data = images_of(pixels, 32).byte(), torch.tensor(labels)
    value, targets = mixed(
        data,
        [(Draws(*(torch.tensor(draws[name]) for name in Draws._fields)), torch.tensor(share)) for draws, share in pairs],
        10,
        labelSmoothing,
    )
    return as_engines(value) + targets.flatten().tolist()


def initial(network, seed):
    return initial_values(network, torch.Generator().manual_seed(seed)).tolist()


def starts(network, format):
    model = Network(network)
    Adam(model, getattr(torch, format), torch.channels_last)
    return [parameter.data_ptr() % 16 for parameter in model.parameters()]


def batches(pixels, labels, augmentation, count):
    data = images_of(pixels, 32).byte(), torch.tensor(labels)
    value, targets = torch.zeros(count, 3, 32, 32), torch.zeros(count, 10)
    fill_batches(value, targets, data, augmentation, torch.Generator().manual_seed(1))
    return as_engines(value) + targets.flatten().tolist()


ANSWERS = {"logits": logits, "images": images, "initial": initial, "starts": starts, "batches": batches}
json.dump([ANSWERS[asked.pop("ask")](**asked) for asked in json.load(sys.stdin)], sys.stdout)
