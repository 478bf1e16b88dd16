"""Writes an archive in the layout of NATS-Bench's topology archive, of made-up trainings.

Usage: write-nats-archive.py FOLDER ARCHITECTURES, where the latter is a file with an architecture a line. Cell i has
1 + i % 3 trials; the accuracies and losses are those of `accuracy` and `loss`, which the test computes too.
"""

import bz2, collections, pickle, struct, sys, types
from pathlib import Path


class dtype:  # stands for numpy's, so that pickles name the same things without numpy
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return dtype, ("f8", False, True), (3, "<", None, None, None, -1, -1, 0)


def scalar(*arguments):
    raise NotImplementedError


class Number:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return scalar, (F8, struct.pack("<d", self.value))


F8 = dtype()
dtype.__module__, dtype.__qualname__ = "numpy", "dtype"
scalar.__module__ = "numpy.core.multiarray"
for name, value in {"numpy": dtype, "numpy.core": None, "numpy.core.multiarray": scalar}.items():
    sys.modules[name] = types.ModuleType(name)
    if value:
        setattr(sys.modules[name], value.__name__, value)

EVALUATIONS = {
    "cifar10-valid": ["x-valid", "ori-test"],
    "cifar10": ["ori-test"],
    "cifar100": ["ori-test", "x-valid", "x-test"],
    "ImageNet16-120": ["ori-test", "x-valid", "x-test"],
}


def accuracy(cell, dataset, split, epochs, seed):
    return (cell * 31 + len(dataset) * 17 + len(split) * 7 + epochs + seed) % 9000 / 90


def loss(cell, dataset, seed, epoch):
    return (cell * 13 + len(dataset) * 5 + seed) % 100 / 50 + 3 / (epoch + 1)


def training(cell, architecture, dataset, epochs, seed):
    last = epochs - 1
    return {
        "name": dataset,
        "train_acc1es": {e: accuracy(cell, dataset, "train", e, seed) for e in range(epochs)},
        "train_acc5es": None,
        "train_losses": {e: loss(cell, dataset, seed, e) for e in range(epochs)},
        "train_times": collections.OrderedDict((e, 7.5) for e in range(3)),
        "arch_config": {"channel": 16, "num_cells": 5, "arch_str": architecture, "class_num": 10},
        "params": Number(0.129306),
        "flop": 15.64737,
        "seed": f"{seed:04d}",
        "epochs": epochs,
        "latency": [Number(0.0139), Number(0.0140)],
        "eval_names": EVALUATIONS[dataset],
        "eval_acc1es": {f"{s}@{last}": accuracy(cell, dataset, s, last, seed) for s in EVALUATIONS[dataset]},
        "net_state_dict": None,
    }


def record(cell, architecture):
    schedules = collections.OrderedDict()
    for epochs, seeds in (("12", [111]), ("200", [999, 777, 888][: 1 + cell % 3])):
        schedules[epochs] = {
            "arch_index": cell,
            "arch_str": architecture,
            "all_results": {
                (dataset, seed): training(cell, architecture, dataset, int(epochs), seed)
                for seed in seeds
                for dataset in EVALUATIONS
            },
            "dataset_seed": {dataset: seeds for dataset in EVALUATIONS},
            "clear_net_done": True,
        }
    return schedules


def write(file, content):
    file.write_bytes(bz2.compress(pickle.dumps(content, protocol=4), 1))


folder, architectures = Path(sys.argv[1]), Path(sys.argv[2]).read_text().split()
folder.mkdir()
for cell, architecture in enumerate(architectures):
    write(folder / f"{cell:06d}.pickle.pbz2", record(cell, architecture))
meta = {"meta_archs": architectures, "total_archs": len(architectures), "arch2infos": None, "evaluated_indexes": set()}
write(folder / "meta.pickle.pbz2", meta)
