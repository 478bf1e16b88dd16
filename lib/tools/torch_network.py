"""Networks of images in PyTorch, described as lib/src/convnet/network.ts has them."""

import math
import sys

import torch
from torch import nn
from torch.nn import functional

# From the order of a weight's axes there, [kernel, kernel, in, out], to PyTorch's.
AXES = {"convolution": (3, 2, 0, 1), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}
GATE = "query", "key", "value", "projection"


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
    """The logits of images `[batch, 3, size, size]`."""

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

    def by_offset(self):
        """Its parameters by their offset in the flat array of the description."""
        dense = self.network["dense"]
        found = {dense["weights"]: self.dense.weight, dense["bias"]: self.dense.bias}
        for layer in self.network["layers"]:
            if layer["kind"] == "gate":
                gate = self.parts[str(layer["output"])]
                found.update({layer[name]: getattr(gate, name).weight for name in GATE})
            for i, term in enumerate(layer.get("terms", [])):
                for module in self.parts[f"{layer['output']} {i}"].steps:
                    if isinstance(module, nn.Conv2d):
                        found[term["convolution"]["weights"]] = module.weight
                    if isinstance(module, nn.BatchNorm2d):
                        found.update({term["norm"]["gamma"]: module.weight, term["norm"]["beta"]: module.bias})
        return found

    def load(self, values):
        """Takes its parameters from the description's flat array."""
        parameters = self.by_offset()
        for description in self.network["parameters"]:
            kind, shape, offset = (description[name] for name in ("kind", "shape", "offset"))
            if offset in parameters:
                value = values[offset : offset + math.prod(shape)].reshape(shape).permute(AXES.get(kind, (0,)))
                parameters[offset].data.copy_(value.reshape(parameters[offset].shape))

    def forward(self, images):
        maps = {0: images}
        for layer in self.network["layers"]:
            kind, output = layer["kind"], layer["output"]
            if kind == "sum":
                terms = [self.parts[f"{output} {i}"](maps[term["input"]]) for i, term in enumerate(layer["terms"])]
                value = sum(terms[1:], terms[0]) if terms else self.zeros(images, output)
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
                sys.exit(f"{__file__} knows no layer of kind {kind}")
            maps[output] = value
        return self.dense(maps[self.network["features"]].mean((2, 3)))

    def zeros(self, images, output):
        size, channels = (self.network["maps"][output][name] for name in ("size", "channels"))
        return images.new_zeros((len(images), channels, size, size))


def initial_values(network, generator):
    """Fresh parameters, flat: Glorot's uniform weights, scales 1, shifts and biases 0 (lib/src/convnet/engine.ts)."""
    values = torch.zeros(network["parameterCount"])
    for description in network["parameters"]:
        kind, shape, offset = (description[name] for name in ("kind", "shape", "offset"))
        part = values[offset : offset + math.prod(shape)]
        if kind == "gamma":
            part.fill_(1)
        if kind in AXES:
            limit = math.sqrt(6 / (math.prod(shape[:-2]) * (shape[-2] + shape[-1])))
            part.copy_(limit * (2 * torch.rand(len(part), generator=generator) - 1))
    return values
