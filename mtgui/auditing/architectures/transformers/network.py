"""Builds networks of the transformers library without weights, on the meta device."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.transformers.convnext.network import ConvNeXt
from mtgui.auditing.architectures.transformers.resnet.network import PlainResNet
from mtgui.auditing.architectures.transformers.vit.network import VisionTransformer

_MODULES: Mapping[str, Callable[[Mapping[str, Any]], nn.Module]] = {
    "vit": VisionTransformer,
    "deit": VisionTransformer,
    "resnet": PlainResNet,
    "convnext": ConvNeXt,
    "convnextv2": ConvNeXt,
}


def build(match: Match) -> nn.Module:
    """Return the module that ``match`` names, on the meta device."""
    with torch.device("meta"):
        return _MODULES[match.architecture.partition("/")[2]](match.options)
