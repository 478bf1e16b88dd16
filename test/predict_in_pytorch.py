"""Prints the logits of time_network.py's network with the weights that standard input has, for a test.

Input: {"network": ..., "parameters": [...], "images": [...]}, laid out as the engines of lib/src/convnet have them;
moving statistics are those at the start.
"""

import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "lib/tools"))
from time_network import Network  # noqa: E402


def main():
    given = json.load(sys.stdin)
    description, parameters = given["network"], torch.tensor(given["parameters"])
    network = Network(description).eval()

    def fill(target, offset, shape, order):
        value = parameters[offset : offset + target.numel()].reshape(shape).permute(order)
        target.data.copy_(value.reshape(target.shape))

    for layer in description["layers"]:
        for i, term in enumerate(layer.get("terms", [])):
            for module in network.parts[f"{layer['output']} {i}"].steps:
                if isinstance(module, torch.nn.Conv2d):
                    outputs, inputs, kernel, _ = module.weight.shape
                    if module.groups > 1:
                        shape, order = (kernel, kernel, outputs), (2, 0, 1)
                    else:
                        shape, order = (kernel, kernel, inputs, outputs), (3, 2, 0, 1)
                    fill(module.weight, term["convolution"]["weights"], shape, order)
                if isinstance(module, torch.nn.BatchNorm2d):
                    fill(module.weight, term["norm"]["gamma"], (-1,), (0,))
                    fill(module.bias, term["norm"]["beta"], (-1,), (0,))
        if layer["kind"] == "gate":
            gate = network.parts[str(layer["output"])]
            for name in ("query", "key", "value", "projection"):
                linear = getattr(gate, name)
                fill(linear.weight, layer[name], (linear.in_features, linear.out_features), (1, 0))
    dense = network.dense
    fill(dense.weight, description["dense"]["weights"], (dense.in_features, dense.out_features), (1, 0))
    fill(dense.bias, description["dense"]["bias"], (-1,), (0,))
    size = description["maps"][0]["size"]
    images = torch.tensor(given["images"]).reshape(-1, size, size, 3).permute(0, 3, 1, 2)
    with torch.no_grad():
        json.dump(network(images).flatten().tolist(), sys.stdout)


main()
