"""Times a training step of the siamese predictor with NSAM in PyTorch: batch 8, one thread, one repeat.

The same network as lib/src/predictors with the options of the preset `official` (protocol 2), written as one would write
it in PyTorch; parameters are counted so that `npm run bench -- --against-pytorch` can tell that it is the same. Prints
one line of JSON.
"""
import json
import time

import torch
from torch import nn
from torch.nn import functional as F

NODES, FEATURES, WIDTH, CODE, BATCH = 10, 9, 64, 3, 8
EDGES = [(0, 1), (0, 3), (0, 6), (1, 2), (2, 4), (2, 7), (3, 5), (4, 5), (5, 8), (6, 9), (7, 9), (8, 9)]
WARM_UP, STEPS = 30, 150


class Norm(nn.Module):
    """Batch norm over all nodes of the batch, then Mish."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(WIDTH, eps=1e-4, momentum=0.003)

    def forward(self, x):
        return F.mish(self.norm(x.reshape(-1, WIDTH))).reshape(x.shape)


class Convolution(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.dense = nn.ModuleList(nn.Linear(inputs, WIDTH) for _ in range(2))
        self.norm = nn.ModuleList(Norm() for _ in range(2))

    def forward(self, adjacency, x):
        sides = (adjacency, adjacency.T)
        along = [norm(a @ (x @ d.weight.T) + d.bias) for a, d, norm in zip(sides, self.dense, self.norm)]
        return (along[0] + along[1]) / 2


def attended(adjacency, q, k, v):
    scores = q @ k.transpose(1, 2)
    return sum(torch.softmax(scores * a, -1) @ v for a in (adjacency, adjacency.T))


class Predictor(nn.Module):
    def __init__(self):
        super().__init__()
        names = ["basic2", "nsam_q", "nsam_k", "nsam_v", "nsam_out", "basic3", "efm_q", "efm_k", "efm_out"]
        self.basic1 = Convolution(FEATURES)
        for name in names:
            setattr(self, name, Convolution(WIDTH))
        self.code = nn.Linear(CODE, NODES * WIDTH)
        self.code_norm = Norm()
        self.head = nn.Linear(NODES, 1)

    def forward(self, a, x, code):
        h = self.basic2(a, self.basic1(a, x))
        h = self.nsam_out(a, h + attended(a, self.nsam_q(a, h), self.nsam_k(a, h), self.nsam_v(a, h)))
        h = self.basic3(a, h)
        k = self.efm_k(a, self.code_norm(self.code(code).reshape(-1, NODES, WIDTH)))
        q = self.efm_q(a, h)
        fine = self.efm_out(a, h + attended(a, q, k, q))
        return [torch.sigmoid(self.head(features.mean(2))) for features in (h, fine)]


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    adjacency = torch.eye(NODES)
    for i, j in EDGES:
        adjacency[i, j] = 1
    x = F.one_hot(torch.randint(FEATURES, (BATCH, NODES)), FEATURES).float()
    code, label = 1 + torch.rand(BATCH, CODE), torch.rand(BATCH, 1)
    predictor = Predictor()
    adam = torch.optim.Adam(predictor.parameters(), lr=1e-3, eps=1e-7)
    times = []
    for _ in range(WARM_UP + STEPS):
        started = time.perf_counter()
        adam.zero_grad()
        sum(F.huber_loss(p, label, delta=0.5) for p in predictor(adjacency, x, code)).backward()
        adam.step()
        times.append(time.perf_counter() - started)
    fastest = sorted(times[WARM_UP:])[: STEPS // 3]
    parameters = sum(p.numel() for p in predictor.parameters())
    milliseconds = 1000 * sum(fastest) / len(fastest)
    print(json.dumps({"version": torch.__version__, "parameters": parameters, "milliseconds": milliseconds}))


main()
