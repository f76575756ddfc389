"""Builds networks of the transformers library without weights: mtgui's own modules, else those of the library."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.transformers.convnext.network import ConvNeXt
from mtgui.auditing.architectures.transformers.library import network as library
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
    """Return the module that ``match`` names, on the meta device, or on the CPU if it has tables of its own."""
    name = match.architecture.partition("/")[2]
    if name not in _MODULES:
        return library.build(match)
    with torch.device("meta"):
        return _MODULES[name](match.options)
