"""Builds a network with the tensors of a file; every weight must be set."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import nn

from mtgui.auditing.architectures.cifar import network as cifar
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.auditing.architectures.tensor_layouts import COUNTER
from mtgui.auditing.architectures.timm import network as timm
from mtgui.auditing.architectures.torchvision import network as torchvision
from mtgui.auditing.architectures.transformers import network as transformers
from mtgui.auditing.architectures.weights import check_finite, stored_tensor
from mtgui.reading.errors import quoted
from mtgui.reading.tensors import TensorFile

BUILDERS: Mapping[str, Callable[[Match], nn.Module]] = {
    "cifar": cifar.build,
    "timm": timm.build,
    "torchvision": torchvision.build,
    "transformers": transformers.build,
}
"""Functions that build a match without weights, by `Match.family`. They use the meta device if possible, else the
CPU."""


def build_model(match: Match, tensors: TensorFile, path: Path) -> nn.Module:
    """Return the network of ``match`` with the weights in ``tensors``: on the CPU, float32, for evaluation only.

    ``path``: the model file, for messages. Raises RecognitionError unless the tensors fit the network, ModelError for
    numbers that are not finite, OSError.
    """
    if match.family not in BUILDERS:
        raise RecognitionError(path, f"mtgui cannot build {match.title} here; install what it needs and try again")
    return load_weights(BUILDERS[match.family](match), match, tensors, path)


def load_weights(network: nn.Module, match: Match, tensors: TensorFile, path: Path) -> nn.Module:
    """Load ``tensors`` into ``network``, which was just built for ``match``, and return it as `build_model` does."""
    # The network's own dictionary holds the versions of its modules, without which MNASNet refuses to load.
    state = network.state_dict()
    names = dict(match.renamed)
    places = {names.get(name, name): name for name in tensors.places if name not in match.ignored}
    _check_strictly(state, places, tensors, match, path)
    for key, wanted in state.items():
        if key in places:
            state[key] = stored_tensor(places[key], wanted.dtype, tensors, path)
        else:
            state[key] = torch.zeros(wanted.shape, dtype=wanted.dtype)
    network.load_state_dict(state, strict=True, assign=True)
    check_finite(network, path)
    _check_filled(network, match, path)
    return network.requires_grad_(False).eval()


def _check_strictly(
    state: Mapping[str, torch.Tensor], places: Mapping[str, str], tensors: TensorFile, match: Match, path: Path
) -> None:
    """Raise RecognitionError unless ``places`` has exactly the names and shapes of ``state``."""
    missing = [key for key in state if key not in places and not key.endswith(COUNTER)]
    strangers = [name for key, name in places.items() if key not in state]
    misshapen = [
        name
        for key, name in places.items()
        if key in state and tuple(state[key].shape) != tuple(tensors.places[name].shape)
    ]
    for names, fault in ((missing, "is missing"), (strangers, "has no place"), (misshapen, "has another shape")):
        if names:
            raise RecognitionError(
                path,
                f"it does not hold the weights of {match.title}: {quoted(names[0])} {fault}"
                f"{f', and {len(names) - 1:,} more like that' if len(names) > 1 else ''}; choose another architecture "
                "with --architecture",
            )


def _check_filled(network: nn.Module, match: Match, path: Path) -> None:
    """Raise RecognitionError if a tensor that is not in state dicts is still on the meta device."""
    hollow = [name for name, buffer in network.named_buffers() if buffer.is_meta]
    if hollow:
        raise RecognitionError(path, f"mtgui cannot build {match.title} here: {quoted(hollow[0])} stays empty")
