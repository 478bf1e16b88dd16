"""Times training steps of a network in PyTorch on one thread, for `npm run bench -- --against-pytorch`.

Reads from standard input a list of {"network": ..., "batch": ...}, networks as lib/src/convnet/network.ts has them, and
prints a list of {"parameters": ..., "milliseconds": ...}: how many parameters are trained, and the median processor time
of a step (forward, backward, Adam) with the better of the two memory layouts.
"""

import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

WARM_UP, MEASURED = 2, 7


class Gate(nn.Module):
    """Channels times factors from an attention over their means."""

    def __init__(self, channels, hidden):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(channels, hidden, bias=False) for _ in range(3))
        self.projection = nn.Linear(hidden, channels, bias=False)

    def forward(self, x):
        means = x.mean((2, 3))
        query, key, value = (functional.mish(f(means)) for f in (self.query, self.key, self.value))
        weights = torch.softmax(query[:, :, None] * key[:, None, :], -1)
        factors = functional.hardsigmoid(self.projection((weights @ value[:, :, None])[:, :, 0]))
        return x * factors[:, :, None, None]


def convolution_steps(convolution, source, target):
    """A convolution from map to map, after zeros where it needs more of them behind the image than before it."""
    kernel, stride, padding = convolution["kernel"], convolution["stride"], convolution["padding"]
    behind = (target["size"] - 1) * stride + kernel - source["size"] - padding
    steps = []
    if behind > padding:
        steps.append(nn.ZeroPad2d((padding, behind, padding, behind)))
        padding = 0
    groups = source["channels"] if convolution.get("depthwise") else 1
    channels = source["channels"], target["channels"]
    return [*steps, nn.Conv2d(*channels, kernel, stride, padding, groups=groups, bias=False)]


class Term(nn.Module):
    """A map's convolution, batch norm and activation, each if there is one, or its 3x3 average pool."""

    def __init__(self, term, source, target, norm):
        super().__init__()
        steps = []
        if term.get("convolution"):
            steps += convolution_steps(term["convolution"], source, target)
        if term.get("pool"):
            steps.append(nn.AvgPool2d(3, 1, 1, count_include_pad=False))
        if term.get("norm"):
            steps.append(nn.BatchNorm2d(target["channels"], eps=norm["epsilon"], momentum=1 - norm["momentum"]))
        if term.get("activation"):
            steps.append(nn.Mish(inplace=False))
        self.steps = nn.Sequential(*steps)

    def forward(self, x):
        return self.steps(x)


class Network(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network, maps = network, network["maps"]
        self.parts = nn.ModuleDict()
        for layer in network["layers"]:
            target = maps[layer["output"]]
            if layer["kind"] == "gate":
                self.parts[str(layer["output"])] = Gate(target["channels"], layer["hidden"])
            for i, term in enumerate(layer.get("terms", [])):
                self.parts[f"{layer['output']} {i}"] = Term(term, maps[term["input"]], target, network["norm"])
        self.dense = nn.Linear(maps[network["features"]]["channels"], network["classes"])

    def forward(self, images):
        maps = {0: images}
        for layer in self.network["layers"]:
            kind, output = layer["kind"], layer["output"]
            if kind == "sum":
                terms = [self.parts[f"{output} {i}"](maps[term["input"]]) for i, term in enumerate(layer["terms"])]
                value = terms[0]
                for term in terms[1:]:
                    value = value + term
            elif kind == "relu":
                value = functional.relu(maps[layer["input"]])
            elif kind == "halve":
                value = functional.avg_pool2d(maps[layer["input"]], 2)
            elif kind == "concatenate":
                value = torch.cat([maps[i] for i in layer["inputs"]], 1)
            elif kind == "slice":
                first = layer["from"]
                value = maps[layer["input"]][:, first : first + self.network["maps"][output]["channels"]]
            elif kind == "gate":
                value = self.parts[str(output)](maps[layer["input"]])
            else:
                sys.exit(f"time_network.py knows no layer of kind {kind}")
            maps[output] = value
        return self.dense(maps[self.network["features"]].mean((2, 3)))


def step_time(description, batch, layout, warm_up, measured):
    network = Network(description).to(memory_format=layout)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    size = description["maps"][0]["size"]
    images = torch.rand(batch, 3, size, size).contiguous(memory_format=layout)
    targets = torch.full((batch, description["classes"]), 1 / description["classes"])
    times = []
    for _ in range(warm_up + measured):
        began = time.process_time()
        optimizer.zero_grad()
        functional.cross_entropy(network(images), targets).backward()
        optimizer.step()
        times.append(1000 * (time.process_time() - began))
    return statistics.median(times[warm_up:])


def timed(network, batch):
    layouts = torch.contiguous_format, torch.channels_last
    better = min(layouts, key=lambda layout: step_time(network, batch, layout, 1, 1))
    return {
        "parameters": sum(parameter.numel() for parameter in Network(network).parameters()),
        "milliseconds": step_time(network, batch, better, WARM_UP, MEASURED),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    tasks = json.load(sys.stdin)
    json.dump([timed(**task) for task in tasks], sys.stdout)
