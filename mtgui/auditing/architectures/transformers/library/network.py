"""Builds transformers' own classifiers from checked settings: without weights, without files, without the internet."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.offline import offline
from mtgui.auditing.architectures.own_tables import own_bytes
from mtgui.auditing.architectures.transformers.library.kinds import KINDS


def build(match: Match) -> nn.Module:
    """Return the module for ``match``: on the meta device, or on the CPU if it has tensors that no file holds.

    It maps pictures (B, 3, h, w) to logits (B, classes).
    """
    name, options = match.architecture.partition("/")[2], match.options
    described = name, options["class"], options["classes"], options["arguments"]
    network = create(*described, "meta")
    return create(*described, "cpu") if own_bytes(network) else network


def create(name: str, class_name: str, classes: int, arguments: Mapping[str, Any], device: str) -> nn.Module:
    """Return a classifier of the kind ``name`` with fresh weights on ``device``. Raises what transformers raises."""
    kind = KINDS[name]
    with offline():
        import transformers

        network_class = getattr(transformers, class_name)
        config_class = getattr(transformers, f"{kind.name}Config")
        inner = {kind.inside: dict(arguments)} if kind.inside else dict(arguments)
        config = config_class(**inner, num_labels=classes)
        config._attn_implementation = "sdpa" if network_class._supports_sdpa else "eager"
        with torch.device(device):
            network: nn.Module = network_class(config)
    network.register_forward_hook(_logits)
    return network


def _logits(_network: nn.Module, _given: object, answer: Any) -> torch.Tensor:
    logits: torch.Tensor = answer.logits
    return logits
