"""Builds timm's classifiers without weights and without internet access."""

import os
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.own_tables import own_bytes


def build(match: Match) -> nn.Module:
    """Return the module for ``match``: on the meta device, or on the CPU if it has tensors that no file holds."""
    name, options = match.architecture.partition("/")[2], match.options
    network = create(name, options["classes"], options["arguments"], "meta")
    return create(name, options["classes"], options["arguments"], "cpu") if own_bytes(network) else network


def create(name: str, classes: int, arguments: Mapping[str, Any], device: str) -> nn.Module:
    """Return timm's model ``name`` with fresh weights on ``device``. Raises what timm raises."""
    # timm imports the client of a model hub, which must not go online here.
    os.environ["HF_HUB_OFFLINE"] = "1"
    import timm

    with torch.device(device):
        network: nn.Module = timm.create_model(name, pretrained=False, num_classes=classes, **arguments)
    return network
