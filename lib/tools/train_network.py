"""Trains networks of images in PyTorch, on a GPU where there is one, for `npm run truth -- --pytorch`.

Standard input is a line of JSON, `Request` of lib/src/priors/train-in-pytorch.ts, then the bytes of the training images,
their labels, the test images, theirs. Standard output is lines of JSON: first what computes, then one for each network
as soon as it is trained and tested.

On a GPU all that a step needs is there, so that a step is the replay of one CUDA graph, and several networks train at
the same time on streams of their own.
"""

import gc
import json
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional
from torch_adam import Adam, corrected
from torch_images import fill_batches, shrink
from torch_network import Network, initial_values

LAYOUTS = torch.contiguous_format, torch.channels_last
CHUNK = 32  # steps that are enqueued at a time
AHEAD = 8  # chunks of a network that may wait for the GPU
WARM_UP, TIMED = 3, 10  # steps before a graph is captured, and replays to compare layouts
TEST_BATCH = 500


def tell(**line):
    print(json.dumps(line), flush=True)


class Training:
    """A network in training, on a stream of its own where there is a GPU."""

    def __init__(self, request, task, data, number_format, layout):
        train, self.test = data
        device, description = train[0].device, task["network"]
        self.data, self.task, self.layout, self.format = train, task, layout, number_format
        self.augmentation, batch = request["augmentation"], request["batch"]
        self.steps = len(train[1]) // batch  # of an epoch
        self.stream = torch.cuda.Stream() if device.type == "cuda" else None
        self.events, self.done, self.seconds, self.graph = [], 0, 0, None
        epochs = [phase["epochs"] for phase in request["phases"]]
        self.starts = {sum(epochs[:i]) for i in range(len(epochs))}  # of phases, in epochs
        with torch.cuda.stream(self.stream):
            network = Network(description)
            network.load(initial_values(description, torch.Generator().manual_seed(task["seed"])))
            self.network = network.to(device).train()
            self.norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
            for norm in self.norms:
                norm.num_batches_tracked = None  # nobody reads it
            self.adam = Adam(network, number_format, layout)
            self.generator = torch.Generator(device).manual_seed(task["seed"])
            self.size = description["maps"][0]["size"]
            shape = self.steps, batch, 3, self.size, self.size
            self.images = torch.zeros(shape, dtype=number_format, device=device)
            self.targets = torch.zeros((*shape[:2], description["classes"]), device=device)
            self.rates = torch.cat([corrected(phase["rates"]) for phase in request["phases"]]).to(device)
            self.losses = torch.zeros(sum(epochs), device=device)
            self.sum = torch.zeros((), device=device)
            self.at, self.count = (torch.zeros(1, dtype=torch.long, device=device) for _ in range(2))

    def step(self):
        images = self.images.index_select(0, self.at)[0].contiguous(memory_format=self.layout)
        logits = self.network(images).float()
        loss = functional.cross_entropy(logits, self.targets.index_select(0, self.at)[0])
        self.adam.step(loss, self.rates.index_select(0, self.count))
        self.sum.add_(loss.detach())
        self.at.add_(1)
        self.count.add_(1)

    def capture(self):
        """Makes a step one CUDA graph; without that a step goes on operation by operation. Trains nothing."""
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UP):
                self.restart()
                self.step()
            self.stream.synchronize()
            gc.collect()
            graph = torch.cuda.CUDAGraph()
            try:
                graph.capture_begin()
                try:
                    self.step()
                finally:
                    graph.capture_end()
                self.graph = graph
            except RuntimeError as error:
                tell(note=f"no CUDA graph, so steps take longer: {str(error).splitlines()[0]}")
                self.stream = torch.cuda.Stream()
        return self

    def trial(self):
        """How long some steps take."""
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        with torch.cuda.stream(self.stream):
            self.restart()
            began.record()
            for _ in range(min(TIMED, self.steps)):
                self.run()
            ended.record()
        ended.synchronize()
        return began.elapsed_time(ended)

    def restart(self):
        """Forgets what steps have done."""
        self.adam.reset()
        for norm in self.norms:
            norm.running_mean.zero_()
            norm.running_var.fill_(1)
        self.at.zero_()
        self.count.zero_()

    def run(self):
        return self.graph.replay() if self.graph else self.step()

    def advance(self):
        """Enqueues the next steps; False where enough of them wait, or none is left."""
        busy = len(self.events) == AHEAD and not self.events[0].query()
        if busy or self.done == self.steps * len(self.losses):
            return False
        epoch, step = divmod(self.done, self.steps)
        count = min(CHUNK, self.steps - step)
        with torch.cuda.stream(self.stream):
            if step == 0:
                self.begin(epoch)
            for _ in range(count):
                self.run()
            if step + count == self.steps:
                self.losses[epoch].copy_(self.sum / self.steps)
            if self.stream:
                event = torch.cuda.Event()
                event.record()
                self.events = [*self.events[1 - AHEAD :], event]
        self.done += count
        return True

    def begin(self, epoch):
        if epoch == 0:
            self.restart()
        if epoch in self.starts:
            self.adam.forget()
        self.at.zero_()
        self.sum.zero_()
        fill_batches(self.images.flatten(0, 1), self.targets.flatten(0, 1), self.data, self.augmentation, self.generator)

    def finished(self):
        return self.done == self.steps * len(self.losses) and all(event.query() for event in self.events)

    @torch.no_grad()
    def result(self):
        """The losses up to one that is no number, and the percentage of the test images that are classified right."""
        with torch.cuda.stream(self.stream):
            finite = torch.isfinite(self.losses).long().cumprod(0).sum().item()
            pixels, labels = self.test
            right = 0
            self.network.eval()
            for at in range(0, len(labels), TEST_BATCH):
                images = shrink(pixels[at : at + TEST_BATCH].float() / 255, self.size).to(self.format)
                logits = self.network(images.contiguous(memory_format=self.layout))
                right += (logits.argmax(1) == labels[at : at + TEST_BATCH]).sum().item()
            diverged = finite < len(self.losses)
            accuracy = None if diverged else 100 * right / len(labels)
            return {"accuracy": accuracy, "losses": self.losses[:finite].tolist(), "diverged": diverged}


def read_images(count, device):
    pixels, labels = (torch.frombuffer(bytearray(sys.stdin.buffer.read(n)), dtype=torch.uint8) for n in (3072 * count, count))
    return pixels.view(count, 32, 32, 3).permute(0, 3, 1, 2).contiguous().to(device), labels.to(device).long()


def main():
    request, parent = json.loads(sys.stdin.buffer.readline()), os.getppid()
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    number_format = torch.bfloat16 if cuda and torch.cuda.is_bf16_supported() else torch.float32
    name = torch.cuda.get_device_name() if cuda else "CPU"
    tell(pytorch=torch.__version__, device=name, format=str(number_format).split(".")[-1])
    torch.backends.cudnn.benchmark = True
    data = [read_images(count, device) for count in request["images"]]
    waiting, active, layouts = list(enumerate(request["networks"])), [], LAYOUTS if cuda else LAYOUTS[:1]
    now = time.monotonic()
    while (waiting or active) and os.getppid() == parent:
        if waiting and len(active) < (request["atOnce"] if cuda else 1):
            number, task = waiting.pop(0)
            trials = [Training(request, task, data, number_format, layout) for layout in layouts]
            if cuda:
                chosen = min((trial.capture() for trial in trials), key=Training.trial)
                trials, layouts = [chosen], (chosen.layout,)  # one that suits the first network suits all
            active.append((number, trials[0]))
        moved = [training.advance() for _, training in active for _ in range(AHEAD)]
        for _, training in active:  # they share the time that goes by
            training.seconds += (time.monotonic() - now) / len(active)
        now = time.monotonic()
        for number, training in [entry for entry in active if entry[1].finished()]:
            tell(network=number, seconds=training.seconds, **training.result())
            active = [entry for entry in active if entry[0] != number]
            torch.cuda.empty_cache()
        if not any(moved):
            time.sleep(0.001)


if __name__ == "__main__":
    main()
