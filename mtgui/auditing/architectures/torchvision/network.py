"""Builds torchvision's classifiers without weights, on the meta device."""

from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torchvision import models

from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.torchvision.variants import Variant, named, parted

Kind = TypeVar("Kind", bound=nn.Module)

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
    name, ending = parted(match.architecture.partition("/")[2])
    network = build_named(name, match.options)
    variant = named(name, ending)
    if variant is not None:
        _change(network, variant)
    return network


def _change(network: nn.Module, variant: Variant) -> None:
    """Make ``network``, an original, the ``variant`` of it."""
    for name, stride in variant.strides.items():
        _of_kind(nn.Conv2d, network, name).stride = (stride, stride)
    for name in variant.left_out:
        network.set_submodule(name, nn.Identity())
    for name in variant.pools:
        network.set_submodule(name, nn.MaxPool2d(3, 2, 1))
    if variant.stem is not None:
        name, outputs = variant.stem
        before = _of_kind(nn.Conv2d, network, name)
        with torch.device("meta"):
            network.set_submodule(name, nn.Conv2d(3, outputs or before.out_channels, 3, 1, 1, bias=False))
            if outputs:
                beside = f"{name.removesuffix('.conv')}.bn"
                epsilon = _of_kind(nn.BatchNorm2d, network, beside).eps
                network.set_submodule(beside, nn.BatchNorm2d(outputs, epsilon))


def _of_kind(kind: type[Kind], network: nn.Module, name: str) -> Kind:
    """Return the module ``name`` of ``network``. Raises TypeError if it is of another kind."""
    module = network.get_submodule(name)
    if not isinstance(module, kind):
        raise TypeError(f"{name} is no {kind.__name__}")
    return module


def build_named(name: str, options: Mapping[str, Any]) -> nn.Module:
    """Return torchvision's model ``name`` on the meta device; see the `recognition` module for ``options``."""
    arguments: dict[str, Any] = {"num_classes": options["classes"]}
    if name in _WITH_AUXILIARY:
        arguments |= {"aux_logits": options["has_auxiliary"], "init_weights": False, "transform_input": False}
    if "image_size" in options:
        arguments["image_size"] = options["image_size"]
    with _MetaTensors() if name.startswith("regnet") else torch.device("meta"):
        return models.get_model(name, weights=None, **arguments)
