"""A network in training in PyTorch; on a GPU without a word to the processor between one step and the next."""

import gc

import torch
from torch import nn
from torch.nn import functional
from torch_adam import Adam, corrected
from torch_images import fill_batches, shrink
from torch_network import Network, initial_values

CHUNK = 32  # steps that are enqueued at a time
AHEAD = 8  # chunks of a network that may wait for the GPU
WARM_UP, TIMED = 3, 10  # steps before a graph is captured, and replays to compare ways to train
TEST_BATCH = 500


class Training:
    """A network in training, on a stream of its own where there is a GPU.

    request, task: of train_network.py's input. data: (pixels [n, 3, 32, 32], labels [n]) to train on, and to test on or
    None.
    fused: None, or what `fuse` of torch_fused fuses.
    """

    def __init__(self, request, task, data, number_format, layout, fused):
        train, self.test = data
        device, description = train[0].device, task["network"]
        self.data, self.seed, self.layout, self.format = train, task["seed"], layout, number_format
        self.augmentation, batch = request["augmentation"], request["batch"]
        self.steps = len(train[1]) // batch  # of an epoch
        self.stream = torch.cuda.Stream() if device.type == "cuda" else None
        self.events, self.done, self.seconds, self.graph = [], 0, 0, None
        epochs = [phase["epochs"] for phase in request["phases"]]
        self.starts = {sum(epochs[:i]) for i in range(len(epochs))}  # of phases, in epochs
        with torch.cuda.stream(self.stream):
            network = Network(description)
            network.load(initial_values(description, torch.Generator().manual_seed(self.seed)))
            self.network = network.to(device).train()
            self.norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
            for norm in self.norms:
                norm.num_batches_tracked = None  # nobody reads it
            if fused:
                from torch_fused import fuse  # needs Triton

                fuse(network, fused)
            self.adam = Adam(network, number_format, layout)
            self.generator = torch.Generator(device).manual_seed(self.seed)
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
        """Makes a step one CUDA graph, where there is a GPU; without that a step goes operation by operation."""
        if not self.stream:
            return
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UP):
                self.restart()
                self.step()
            self.stream.synchronize()
            gc.collect()
            graph = torch.cuda.CUDAGraph()
            graph.capture_begin()
            try:
                self.step()
            finally:
                graph.capture_end()
            self.graph = graph

    def trial(self):
        """Milliseconds of a step."""
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        with torch.cuda.stream(self.stream):
            self.begin(0)
            began.record()
            for _ in range(min(TIMED, self.steps)):
                self.run()
            ended.record()
        ended.synchronize()
        return began.elapsed_time(ended) / min(TIMED, self.steps)

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
            losses, diverged = self.losses[:finite].tolist(), finite < len(self.losses)
            if diverged or self.test is None:
                return {"accuracy": None, "losses": losses, "diverged": diverged}
            pixels, labels = self.test
            right = 0
            self.network.eval()
            for at in range(0, len(labels), TEST_BATCH):
                images = shrink(pixels[at : at + TEST_BATCH].float() / 255, self.size).to(self.format)
                logits = self.network(images.contiguous(memory_format=self.layout))
                right += (logits.argmax(1) == labels[at : at + TEST_BATCH]).sum().item()
            return {"accuracy": 100 * right / len(labels), "losses": losses, "diverged": diverged}
