"""Modules of activations, by name (see `activation_names`)."""

import torch
from torch import Tensor, nn

from mtgui.auditing.architectures.transformers.activation_names import Activation


class QuickGelu(nn.Module):
    """x · sigmoid(1.702 x), the first approximation of GELU (arXiv 1606.08415, section 2)."""

    def forward(self, values: Tensor) -> Tensor:
        """Return the activated values, in the same shape."""
        return values * torch.sigmoid(1.702 * values)


def make_activation(name: Activation) -> nn.Module:
    """Return a module that computes the activation ``name``."""
    if name == "relu":
        return nn.ReLU()
    if name == "silu":
        return nn.SiLU()
    if name == "quick-gelu":
        return QuickGelu()
    return nn.GELU(approximate="tanh" if name == "tanh-gelu" else "none")
