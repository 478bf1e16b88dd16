"""Depthwise convolution, batch norm and Mish on a GPU in fewer passes over memory than PyTorch's own operations take.

For maps whose images are powers of two large, in PyTorch's usual layout. A program of a kernel works on some planes: a
plane is one channel of one image.
"""

import functools

import torch
import triton
import triton.language as tl
from torch import nn
from torch_network import Term

# What does not matter to the speed of a kernel, which would be compiled anew for it: a second each.
COUNTS = ["planes", "channels", "images", "count"]
SMALL = ["weights", "gamma", "beta", "moments", "sums", "means", "squares", "moving_mean", "moving_variance"]
kernel = triton.jit(do_not_specialize=[*COUNTS, *SMALL])
BLOCK = 1024  # pixels of a program: 8 a thread, which is 16 bytes of half precision


@triton.jit
def _places(planes, PIXELS: tl.constexpr, PLANES: tl.constexpr):
    plane = tl.program_id(0) * PLANES + tl.arange(0, PLANES)
    pixel = tl.arange(0, PIXELS)
    return plane, plane < planes, plane[:, None] * PIXELS + pixel[None, :], pixel[None, :]


@triton.jit
def _moments(x, means, squares, plane, there, PIXELS: tl.constexpr):
    """Mean of each plane, and the sum of squared distances from it."""
    mean = tl.sum(x, 1) / PIXELS
    away = x - mean[:, None]
    tl.store(means + plane, mean, mask=there)
    tl.store(squares + plane, tl.sum(away * away, 1), mask=there)


@kernel
def _plane_moments(x, means, squares, planes, PIXELS: tl.constexpr, PLANES: tl.constexpr):
    plane, there, at, _ = _places(planes, PIXELS, PLANES)
    value = tl.load(x + at, mask=there[:, None], other=0).to(tl.float32)
    _moments(value, means, squares, plane, there, PIXELS)


@kernel
def _channel_moments(means, squares, moments, moving_mean, moving_variance, images, channels, epsilon, momentum,
                     PIXELS: tl.constexpr, IMAGES: tl.constexpr):  # fmt: skip
    """Mean and 1 / deviation of a channel, beside one another in `moments`; moves the moving statistics."""
    channel = tl.program_id(0)
    image = tl.arange(0, IMAGES)
    there = image < images
    at = image * channels + channel
    of_planes = tl.load(means + at, mask=there, other=0)
    mean = tl.sum(of_planes, 0) / images
    away = tl.where(there, of_planes - mean, 0)
    total = tl.sum(tl.load(squares + at, mask=there, other=0), 0) + PIXELS * tl.sum(away * away, 0)
    count = images * PIXELS
    tl.store(moments + channel, mean)
    tl.store(moments + channels + channel, 1 / tl.sqrt(total / count + epsilon))
    before = tl.load(moving_mean + channel)
    tl.store(moving_mean + channel, before + momentum * (mean - before))
    before = tl.load(moving_variance + channel)
    tl.store(moving_variance + channel, before + momentum * (total / (count - 1) - before))


@triton.jit
def _normalised(x, moments, gamma, beta, at, there, channel, channels):
    """The distance from the mean in deviations, the norm's output, scale and 1 / deviation."""
    value = tl.load(x + at, mask=there[:, None], other=0).to(tl.float32)
    mean, inverse = tl.load(moments + channel), tl.load(moments + channels + channel)
    scale = tl.load(gamma + channel)
    distance = (value - mean[:, None]) * inverse[:, None]
    return distance, distance * scale[:, None] + tl.load(beta + channel)[:, None], scale, inverse


@triton.jit
def _tanh_softplus(x):
    e = tl.exp(tl.minimum(x, 20.0))
    n = e * (e + 2)
    return n / (n + 2), e / (e + 1)  # with the derivative of softplus


@kernel
def _norm(x, y, moments, gamma, beta, planes, channels, PIXELS: tl.constexpr, PLANES: tl.constexpr, MISH: tl.constexpr):
    plane, there, at, _ = _places(planes, PIXELS, PLANES)
    _, value, _, _ = _normalised(x, moments, gamma, beta, at, there, plane % channels, channels)
    if MISH:
        factor, _ = _tanh_softplus(value)
        value = value * factor
    tl.store(y + at, value.to(y.dtype.element_ty), mask=there[:, None])


@kernel
def _norm_gradient(x, g, dx, sums, moments, gamma, beta, planes, channels, count,
                   PIXELS: tl.constexpr, PLANES: tl.constexpr, MISH: tl.constexpr, REDUCE: tl.constexpr):  # fmt: skip
    """
    The sums over each plane, `[2, images, channels]`, of the gradient of the norm's output, and of that times distances;
    or, given their sums over images, the gradient of its input.
    """
    plane, there, at, _ = _places(planes, PIXELS, PLANES)
    channel = plane % channels
    distance, value, scale, inverse = _normalised(x, moments, gamma, beta, at, there, channel, channels)
    gradient = tl.load(g + at, mask=there[:, None], other=0).to(tl.float32)
    if MISH:
        factor, slope = _tanh_softplus(value)
        gradient = gradient * (factor + value * slope * (1 - factor * factor))
    if REDUCE:
        tl.store(sums + plane, tl.sum(gradient, 1), mask=there)
        tl.store(sums + planes + plane, tl.sum(gradient * distance, 1), mask=there)
    else:
        mean = tl.load(sums + channel) / count
        slope_mean = tl.load(sums + channels + channel) / count
        value = (scale * inverse)[:, None] * (gradient - mean[:, None] - distance * slope_mean[:, None])
        tl.store(dx + at, value.to(dx.dtype.element_ty), mask=there[:, None])


@kernel
def _depthwise(x, weights, y, means, squares, planes, channels, SIDE: tl.constexpr, PIXELS: tl.constexpr,
               PLANES: tl.constexpr):  # fmt: skip
    plane, there, at, pixel = _places(planes, PIXELS, PLANES)
    row, column = pixel // SIDE, pixel % SIDE
    sum = tl.zeros((PLANES, PIXELS), tl.float32)
    for k in tl.static_range(9):
        r, c = row + (k // 3 - 1), column + (k % 3 - 1)
        inside = (r >= 0) & (r < SIDE) & (c >= 0) & (c < SIDE) & there[:, None]
        value = tl.load(x + at + ((k // 3 - 1) * SIDE + k % 3 - 1), mask=inside, other=0).to(tl.float32)
        sum += value * tl.load(weights + (plane % channels) * 9 + k).to(tl.float32)[:, None]
    tl.store(y + at, sum.to(y.dtype.element_ty), mask=there[:, None])
    _moments(sum, means, squares, plane, there, PIXELS)


@kernel
def _depthwise_gradient(x, weights, g, dx, dw, planes, channels, SIDE: tl.constexpr, PIXELS: tl.constexpr,
                        PLANES: tl.constexpr):  # fmt: skip
    plane, there, at, pixel = _places(planes, PIXELS, PLANES)
    row, column = pixel // SIDE, pixel % SIDE
    input = tl.load(x + at, mask=there[:, None], other=0).to(tl.float32)
    sum = tl.zeros((PLANES, PIXELS), tl.float32)
    for k in tl.static_range(9):
        r, c = row - (k // 3 - 1), column - (k % 3 - 1)
        inside = (r >= 0) & (r < SIDE) & (c >= 0) & (c < SIDE) & there[:, None]
        value = tl.load(g + at - ((k // 3 - 1) * SIDE + k % 3 - 1), mask=inside, other=0).to(tl.float32)
        sum += value * tl.load(weights + (plane % channels) * 9 + k).to(tl.float32)[:, None]
        tl.store(dw + plane * 9 + k, tl.sum(value * input, 1), mask=there)
    tl.store(dx + at, sum.to(dx.dtype.element_ty), mask=there[:, None])


def _launch(program, x, *args, **constants):
    """A program for every few planes of x `[images, channels, side, side]`."""
    pixels, planes = x.shape[2] * x.shape[3], x.shape[0] * x.shape[1]
    of_program = max(1, BLOCK // pixels)
    program[(triton.cdiv(planes, of_program),)](*args, PIXELS=pixels, PLANES=of_program, **constants)


class Depthwise(torch.autograd.Function):
    """A 3x3 depthwise convolution, with means and squares of its planes for `Norm`."""

    @staticmethod
    def forward(context, x, weights):
        images, channels, side, _ = x.shape
        y = torch.empty_like(x)
        means, squares = (torch.empty(images, channels, device=x.device) for _ in range(2))
        _launch(_depthwise, x, x, weights, y, means, squares, images * channels, channels, SIDE=side)
        context.save_for_backward(x, weights)
        context.mark_non_differentiable(means, squares)
        context.set_materialize_grads(False)
        return y, means, squares

    @staticmethod
    def backward(context, g, *_):
        x, weights = context.saved_tensors
        images, channels, side, _ = x.shape
        g, dx, dw = g.contiguous(), torch.empty_like(x), torch.empty(images, channels, 9, device=x.device)
        _launch(_depthwise_gradient, x, x, weights, g, dx, dw, images * channels, channels, SIDE=side)
        return dx, dw.sum(0).view_as(weights).to(weights.dtype)


class Norm(torch.autograd.Function):
    """A batch norm in training, and Mish after it where `mish` says so."""

    @staticmethod
    def forward(context, x, gamma, beta, norm, mish, means, squares):
        images, channels, side, _ = x.shape
        planes = images * channels
        if means is None:
            means, squares = (torch.empty(images, channels, device=x.device) for _ in range(2))
            _launch(_plane_moments, x, x, means, squares, planes)
        moments = torch.empty(2, channels, device=x.device)
        _channel_moments[(channels,)](
            means, squares, moments, norm.running_mean, norm.running_var, images, channels, norm.eps, norm.momentum,
            PIXELS=side * side, IMAGES=triton.next_power_of_2(images),
        )  # fmt: skip
        y = torch.empty_like(x)
        _launch(_norm, x, x, y, moments, gamma, beta, planes, channels, MISH=mish)
        context.save_for_backward(x, gamma, beta, moments)
        context.mish = mish
        return y

    @staticmethod
    def backward(context, g):
        x, gamma, beta, moments = context.saved_tensors
        images, channels, side, _ = x.shape
        planes, count = images * channels, images * side * side
        g, dx = g.contiguous(), torch.empty_like(x)
        of_planes = torch.empty(2, images, channels, device=x.device)
        same = moments, gamma, beta, planes, channels, count
        _launch(_norm_gradient, x, x, g, of_planes, of_planes, *same, MISH=context.mish, REDUCE=True)
        sums = of_planes.sum(1)
        _launch(_norm_gradient, x, x, g, dx, sums, *same, MISH=context.mish, REDUCE=False)
        return dx, sums[1], sums[0], None, None, None, None


def pointwise(convolution, x):
    """A 1x1 convolution as a product of matrices, which needs no other order of the map in memory."""
    weights = convolution.weight.flatten(1).expand(len(x), -1, -1)
    return torch.bmm(weights, x.flatten(2)).unflatten(2, x.shape[2:])


def fused(term, what, x):
    """What a `Term` of torch_network does, in training with its norm fused, and of "all" its depthwise convolution too."""
    if not term.training:
        return term.steps(x)
    x, means, squares = x.contiguous(), None, None
    for step in term.steps:
        convolution, kernel = isinstance(step, nn.Conv2d), getattr(step, "kernel_size", None)
        if convolution and kernel == (1, 1) and step.stride == (1, 1):
            x = pointwise(step, x)
        elif convolution and what == "all" and kernel == (3, 3) and step.groups == step.out_channels == x.shape[1]:
            x, means, squares = Depthwise.apply(x, step.weight)
        elif isinstance(step, nn.BatchNorm2d):
            mish = isinstance(term.steps[-1], nn.Mish)
            x = Norm.apply(x.contiguous(), step.weight, step.bias, step, mish, means, squares)
        elif not isinstance(step, nn.Mish):
            x = step(x)
    return x


def fuse(network, what):
    """Fuses "norms" or "all" of a network's terms."""
    for term in network.modules():
        if isinstance(term, Term):
            term.forward = functools.partial(fused, term, what)


def largest_error(device, number_format):
    """How far values, gradients and moving statistics are from PyTorch's own in single precision, relative to the largest."""
    torch.manual_seed(0)
    errors = []
    for kernel, size, activation in (3, 32, "mish"), (3, 8, "mish"), (1, 16, None):
        convolution = {"kernel": kernel, "stride": 1, "padding": kernel // 2, "depthwise": kernel == 3}
        description = {"convolution": convolution, "norm": True, "activation": activation}
        shape = {"channels": 24, "size": size}
        term = Term(description, shape, shape, {"epsilon": 1e-4, "momentum": 0.9}).to(device)
        norm = next(module for module in term.steps if isinstance(module, nn.BatchNorm2d))
        nn.init.uniform_(norm.weight, 0.5, 2)
        nn.init.uniform_(norm.bias, -2, 2)
        x, weights = torch.randn(2, 6, 24, size, size, device=device)
        x.requires_grad_()
        both = []
        for forward in term.steps, functools.partial(fused, term, "all"):
            norm.reset_running_stats()
            y = forward(x)
            gradients = torch.autograd.grad((y * weights).sum(), [x, *term.parameters()])
            x = x.detach().to(number_format).requires_grad_()
            term.steps[0].to(number_format)
            both.append([y.detach(), *gradients, norm.running_mean.clone(), norm.running_var.clone()])
        errors += [((a - b).abs().max() / a.abs().max()).item() for a, b in zip(*both)]
    return max(errors)
