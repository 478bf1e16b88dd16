"""Adam on all parameters of a network at once, as lib/src/convnet has it, in steps that a CUDA graph can hold."""

import torch
from torch import nn

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7  # Keras' (protocol §6.2); epsilon is added before the bias is corrected
ALIGNED = 8  # numbers that the parts of a flat array begin at multiples of: kernels of a GPU read 16 bytes at a time


def corrected(rates):
    """The rates of the steps of a phase with a new Adam, times what corrects the bias of its moments."""
    step = torch.arange(1, len(rates) + 1, dtype=torch.float64)
    rates = torch.tensor(rates, dtype=torch.float64)
    return (rates * (1 - BETA2**step).sqrt() / (1 - BETA1**step)).float()


class Adam:
    """Moves a network's parameters into flat arrays: in single precision, and, but for batch norms, in `number_format`."""

    def __init__(self, network, number_format, layout):
        norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
        full = [parameter for norm in norms for parameter in norm.parameters()]
        low = [parameter for parameter in network.parameters() if all(parameter is not other for other in full)]
        self.layout, self.parameters, self.lower = layout, [*low, *full], len(low)
        self.gap = torch.zeros(ALIGNED, device=low[0].device)
        self.values = self.flat(self.parameters)
        self.low = self.flat(low).to(number_format)
        self.initial = self.values.clone()
        self.first, self.second = torch.zeros_like(self.values), torch.zeros_like(self.values)
        for source, parameters in (self.low, low), (self.values[len(self.low) :], full):
            at = 0
            for parameter in parameters:
                count = parameter.numel()
                parameter.data = self.shaped(source[at : at + count], parameter.shape)
                at += count + -count % ALIGNED

    def flat(self, tensors):
        """The numbers of some tensors in the order in which the network has them in memory, with zeros between them."""
        last, parts = self.layout is torch.channels_last, []
        for t in tensors:
            parts.append((t.permute(0, 2, 3, 1) if last and t.dim() == 4 else t).reshape(-1).detach())
            parts.append(self.gap[: -t.numel() % ALIGNED].to(t.dtype))
        return torch.cat(parts)

    def shaped(self, part, shape):
        if self.layout is not torch.channels_last or len(shape) != 4:
            return part.view(shape)
        return part.view(shape[0], *shape[2:], shape[1]).permute(0, 3, 1, 2)

    @torch.no_grad()
    def step(self, loss, rate):
        """A step down the gradient of the loss; `rate` is one of `corrected`, a tensor."""
        gradients = torch.autograd.grad(loss, self.parameters)
        parts = gradients[: self.lower], gradients[self.lower :]
        gradient = torch.cat([self.flat(part).float() for part in parts if part])
        self.first.lerp_(gradient, 1 - BETA1)
        self.second.lerp_(gradient.square(), 1 - BETA2)
        self.values.sub_(rate * self.first / (self.second.sqrt() + EPSILON))
        self.low.copy_(self.values[: len(self.low)])

    def forget(self):
        """Becomes a new Adam."""
        self.first.zero_()
        self.second.zero_()

    def reset(self):
        """Becomes a new Adam, of the parameters that it was made with."""
        self.forget()
        self.values.copy_(self.initial)
        self.low.copy_(self.values[: len(self.low)])
