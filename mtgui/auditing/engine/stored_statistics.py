"""Compares what a network sees in pictures with the statistics that its batch normalisation stored in training.

A network with another stride, padding, pooling or activation than the trained one, but with its weights, sees other
values in most of its layers. The comparison needs no labels and few pictures.
"""

import contextlib
import math
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn


class _Layer:
    """One layer of batch normalisation: what it stored in training, and sums over the values that it sees.

    All numbers are float64, one per channel.
    """

    def __init__(self, module: nn.Module, mean: Tensor, variance: Tensor, epsilon: float) -> None:
        self.module, self._epsilon = module, epsilon
        self._mean, self._variance = mean.double().cpu(), variance.double().cpu() + epsilon
        self.forget()

    def forget(self) -> None:
        self.count = 0
        self._total = torch.zeros_like(self._mean)
        self._squares = torch.zeros_like(self._mean)

    def add(self, other: "_Layer") -> None:
        """Add what ``other`` saw, the same layer."""
        self._total += other._total
        self._squares += other._squares
        self.count += other.count

    def see(self, _module: nn.Module, inputs: tuple[Any, ...]) -> None:
        """Add the values that the module is about to normalise, (B, channels) or (B, channels, …)."""
        values = inputs[0].detach().transpose(0, 1).flatten(1).float()
        # Within a batch float32 is exact enough; over all batches the sums are in float64.
        mean = values.mean(1).double().cpu()
        squares = values.var(1, correction=0).double().cpu() + mean**2
        self._total += mean * values.shape[1]
        self._squares += squares * values.shape[1]
        self.count += values.shape[1]

    def divergence(self) -> float:
        """Return the mean over the channels, in nats."""
        mean = self._total / self.count
        ratio = ((self._squares / self.count - mean**2).clamp(min=0) + self._epsilon) / self._variance
        return float((((mean - self._mean) ** 2 / self._variance + ratio - 1 - ratio.log()) / 2).mean())


class StoredStatistics:
    """Watches the layers of batch normalisation of a network that stored statistics in training."""

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        """Look for the layers in ``modules``; those whose statistics were never changed say nothing."""
        self._layers = list(_informed(modules))

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Add up everything that the layers see while this context is open."""
        handles = [layer.module.register_forward_pre_hook(layer.see) for layer in self._layers]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def add(self, other: "StoredStatistics") -> None:
        """Add what ``other`` saw, which watches the same network."""
        for layer, same in zip(self._layers, other._layers, strict=True):
            layer.add(same)

    def forget(self) -> None:
        """Begin again, as if nothing had been seen."""
        for layer in self._layers:
            layer.forget()

    def first_divergence(self) -> float | None:
        """Return the divergence of the first layer alone, which depends on the input more than on the network."""
        found = [layer.divergence() for layer in self._layers if layer.count][:1]
        return found[0] if found and math.isfinite(found[0]) else None

    def divergence(self) -> float | None:
        """Return in nats how far the values seen differ from the stored statistics; None if nothing can be compared.

        It is the Kullback–Leibler divergence of two normal distributions, the mean over the channels of each layer, and
        then over the layers that saw values.
        """
        found = [layer.divergence() for layer in self._layers if layer.count]
        mean = sum(found) / len(found) if found else math.nan
        return mean if math.isfinite(mean) else None


def _informed(modules: Iterable[nn.Module]) -> Iterator[_Layer]:
    for module in modules:
        if not isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            continue
        mean, variance = module.running_mean, module.running_var
        if mean is None or variance is None or (bool((mean == 0).all()) and bool((variance == 1).all())):
            continue
        yield _Layer(module, mean, variance, module.eps)
