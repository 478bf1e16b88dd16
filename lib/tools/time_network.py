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
from torch.nn import functional
from torch_network import Network

WARM_UP, MEASURED = 2, 7


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
