"""Builds torchvision's classifiers without weights, on the meta device."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torchvision import models

from mtgui.auditing.architectures.match import Match

_WITH_AUXILIARY = ("googlenet", "inception_v3")


class _MetaTensors(TorchFunctionMode):
    """Puts the parameters of modules on the meta device, and does not change other arithmetic.

    RegNets compute their widths with tensors while they are built, which fails under ``torch.device("meta")``.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Send ``torch.empty``, ``ones`` and ``zeros`` to the meta device."""
        where = {"device": "meta"} if func in (torch.empty, torch.ones, torch.zeros) else {}
        return func(*args, **{**(kwargs or {}), **where})


def build(match: Match) -> nn.Module:
    """Return the module that ``match`` names, on the meta device."""
    return build_named(match.architecture.partition("/")[2], match.options)


def build_named(name: str, options: Mapping[str, Any]) -> nn.Module:
    """Return torchvision's model ``name`` on the meta device; see the `recognition` module for ``options``."""
    arguments: dict[str, Any] = {"num_classes": options["classes"]}
    if name in _WITH_AUXILIARY:
        arguments |= {"aux_logits": options["has_auxiliary"], "init_weights": False, "transform_input": False}
    if "image_size" in options:
        arguments["image_size"] = options["image_size"]
    with _MetaTensors() if name.startswith("regnet") else torch.device("meta"):
        return models.get_model(name, weights=None, **arguments)
