"""Trains networks of images in PyTorch, on a GPU where there is one, for `npm run truth -- --pytorch`.

Standard input is a line of JSON, the request of lib/src/priors/train-in-pytorch.ts, then the bytes of the training images,
their labels, the test images, theirs. Standard output is lines of JSON: first what computes, then one for each network as
soon as it is trained and tested, and notes.

A GPU trains several networks at the same time, each on a stream of its own. Which operations are the fastest is tried at
the start.
"""

import json
import os
import sys
import time

import torch
from torch_training import AHEAD, Training

# Ways to train: the layout of maps in memory, and how operations are fused.
UNFUSED = {"plain": (torch.contiguous_format, None), "channels last": (torch.channels_last, None)}
FUSED = {"fused norms": (torch.contiguous_format, "norms"), "all fused": (torch.contiguous_format, "all")}
WAYS = {**UNFUSED, **FUSED}
TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 3e-2}  # of fused operations


def tell(**line):
    print(json.dumps(line), flush=True)


def read_images(count, device):
    if count == 0:
        return None
    pixels, labels = (torch.frombuffer(bytearray(sys.stdin.buffer.read(n)), dtype=torch.uint8) for n in (3072 * count, count))
    return pixels.view(count, 32, 32, 3).permute(0, 3, 1, 2).contiguous().to(device), labels.to(device).long()


def fuses():
    """Whether fused operations, which need Triton, work and are right."""
    try:
        from torch_fused import largest_error

        errors = {number_format: largest_error("cuda", number_format) for number_format in TOLERANCE}
        if all(errors[number_format] < TOLERANCE[number_format] for number_format in errors):
            return True
        tell(note=f"fused operations are off by {errors}, so PyTorch's own are used")
    except Exception as error:  # whatever keeps them from working, training goes on without them
        tell(note=f"no fused operations, so steps take longer: {error!r:.300}")
    return False


def captured(request, task, data, number_format, way):
    training = Training(request, task, data, number_format, *WAYS[way])
    training.capture()
    return training


def prepared(request, task, data, number_format, way):
    """A training the fastest way that works, if need be without a CUDA graph."""
    for attempt in way, "plain":
        try:
            return captured(request, task, data, number_format, attempt)
        except Exception as error:
            tell(note=f"no CUDA graph ({attempt}), so steps take longer: {error!r:.300}")
    return Training(request, task, data, number_format, *WAYS["plain"])


def fastest(request, data, number_format):
    """The way that trains the network of most layers fastest."""
    task = max(request["networks"], key=lambda task: len(task["network"]["layers"]))
    times = {}
    for way in WAYS if fuses() else UNFUSED:
        try:
            times[way] = captured(request, task, data, number_format, way).trial()
        except Exception as error:
            tell(note=f"{way}: this way to train does not work here: {error!r:.300}")
        torch.cuda.empty_cache()
    tell(note="a step takes " + ", ".join(f"{times[way]:.2f} ms ({way})" for way in times))
    return min(times, key=times.get, default="plain")


def main():
    request, parent = json.loads(sys.stdin.buffer.readline()), os.getppid()
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    half = cuda and not request["singlePrecision"] and torch.cuda.is_bf16_supported()
    number_format = torch.bfloat16 if half else torch.float32
    name = torch.cuda.get_device_name() if cuda else "CPU"
    tell(pytorch=torch.__version__, device=name, format=str(number_format).split(".")[-1])
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False  # single precision is to be that
    data = [read_images(count, device) for count in request["images"]]
    way = fastest(request, data, number_format) if cuda else "plain"
    waiting, active, now = list(enumerate(request["networks"])), [], time.monotonic()
    while (waiting or active) and os.getppid() == parent:
        if waiting and len(active) < (request["atOnce"] if cuda else 1):
            number, task = waiting.pop(0)
            active.append((number, prepared(request, task, data, number_format, way)))
        moved = [training.advance() for _, training in active for _ in range(AHEAD)]
        for _, training in active:  # they share the time that goes by
            training.seconds += (time.monotonic() - now) / len(active)
        now = time.monotonic()
        for number, training in [entry for entry in active if entry[1].finished()]:
            tell(network=number, seed=training.seed, seconds=training.seconds, **training.result())
            active = [entry for entry in active if entry[0] != number]
            if cuda:
                torch.cuda.empty_cache()
        if not any(moved):
            time.sleep(0.001)


if __name__ == "__main__":
    main()
