"""Builds the networks for small pictures without weights, on the meta device."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from mtgui.auditing.architectures.cifar.dense.network import DenseNet
from mtgui.auditing.architectures.cifar.preactivation.network import PreActivationNet
from mtgui.auditing.architectures.cifar.residual.network import ResidualNet
from mtgui.auditing.architectures.match import Match

_NETWORKS: Mapping[str, Callable[[Mapping[str, Any]], nn.Module]] = {
    "dense": DenseNet,
    "preactivation": PreActivationNet,
    "residual": ResidualNet,
}


def build(match: Match) -> nn.Module:
    """Return the module that ``match`` names."""
    with torch.device("meta"):
        return _NETWORKS[match.options["network"]](match.options)
