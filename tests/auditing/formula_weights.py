"""Weights and pictures by a formula in whole numbers, the same under every version of every library."""

import copy
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


def uniform(name: str, count: int) -> np.ndarray:
    """Return ``count`` numbers between 0 and 1, which follow from ``name`` alone (the mixing of MurmurHash3)."""
    x = np.arange(count, dtype=np.uint32) + np.uint32(zlib.crc32(name.encode()))
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return ((x ^ (x >> np.uint32(16))).astype(np.float64) + 0.5) / 2**32


def tensor(name: str, like: Tensor) -> Tensor:
    """Return numbers of the shape of ``like`` that suit a tensor called ``name``."""
    if not like.is_floating_point():
        return torch.zeros(like.shape, dtype=like.dtype)
    numbers = uniform(name, like.numel())
    if like.ndim > 1:
        numbers = (numbers - 0.5) * (24 / (like.numel() / like.shape[0])) ** 0.5
    elif name.endswith(("running_var", "weight")):
        numbers = 0.5 + numbers
    else:
        numbers = 0.4 * (numbers - 0.5)
    return torch.from_numpy(numbers.astype(np.float32)).reshape(like.shape)


def fill(network: nn.Module) -> nn.Module:
    """Return ``network`` with weights by the formula, ready for evaluation."""
    network.load_state_dict({name: tensor(name, value) for name, value in network.state_dict().items()})
    return network.eval()


def state_of(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Return the tensors with these names and ``shapes``."""
    whole = torch.int64
    return {
        name: tensor(name, torch.empty(shape, dtype=whole if name.endswith("num_batches_tracked") else None))
        for name, shape in shapes.items()
    }


def pictures(size: int = 32, count: int = 3) -> Tensor:
    """Return ``count`` pictures, (count, 3, size, size), as if they were normalised."""
    numbers = 4 * uniform("pictures", count * 3 * size * size) - 2
    return torch.from_numpy(numbers.astype(np.float32)).reshape(count, 3, size, size)


def losses(network: nn.Module, shown: Tensor) -> Tensor:
    """Return the losses of the pictures ``shown`` with labels 0, 1, 2, …, from centred and scaled logits.

    Weights by a formula make some networks very sure of themselves, and others very unsure; logits are brought to one
    scale, that of the first picture, so that losses differ from network to network by their arithmetic alone. The
    network computes in float64, so that the order in which a processor adds does not show.
    """
    exact = copy.deepcopy(network).double()
    with torch.inference_mode():
        logits = exact(shown.double())
    logits = (logits - logits[0].mean()) / logits[0].std()
    return functional.cross_entropy(logits, torch.arange(len(shown)), reduction="none")
