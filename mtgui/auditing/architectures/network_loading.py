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
from mtgui.reading.dtypes import TITLES
from mtgui.reading.errors import ModelError, quoted
from mtgui.reading.tensors import TensorFile

BUILDERS: Mapping[str, Callable[[Match], nn.Module]] = {
    "cifar": cifar.build,
    "timm": timm.build,
    "torchvision": torchvision.build,
    "transformers": transformers.build,
}
"""Functions that build a match without weights, by `Match.family`. They use the meta device if possible, else the
CPU."""
_KINDS = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I16": torch.int16,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I32": torch.int32,
    "F32": torch.float32,
    "I64": torch.int64,
    "F64": torch.float64,
}
"""torch's dtype of each kind of numbers; kinds that no network here can hold are left out."""
_STATISTICS = ("running_mean", "running_var")


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
            state[key] = _tensor(places[key], wanted.dtype, tensors, path)
        else:
            state[key] = torch.zeros(wanted.shape, dtype=wanted.dtype)
    network.load_state_dict(state, strict=True, assign=True)
    _check_finite(network, path)
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


def _tensor(name: str, wanted: torch.dtype, tensors: TensorFile, path: Path) -> torch.Tensor:
    """Return tensor ``name`` as float32, or as whole numbers if ``wanted`` has these."""
    place = tensors.places[name]
    if place.dtype not in _KINDS or (wanted.is_floating_point and not _KINDS[place.dtype].is_floating_point):
        raise ModelError(
            path,
            f"its tensor {quoted(name)} holds {TITLES[place.dtype]}, as quantised models do, which mtgui does not "
            "load; ask for a copy with float32, float16 or bfloat16 weights",
        )
    raw = bytearray(tensors.raw(name))
    kind = torch.float32 if wanted.is_floating_point else wanted
    if not raw:
        return torch.zeros(place.shape, dtype=kind)
    return torch.frombuffer(raw, dtype=_KINDS[place.dtype]).reshape(place.shape).to(kind)


def _check_finite(network: nn.Module, path: Path) -> None:
    spoilt = [name for name, weight in network.named_parameters() if not bool(weight.isfinite().all())]
    spoilt += [
        name
        for name, buffer in network.named_buffers()
        if bool((~buffer.isfinite() if name.endswith(_STATISTICS) else buffer.isnan()).any())
    ]
    if spoilt:
        raise ModelError(
            path,
            f"{len(spoilt):,} of its tensors, first {quoted(spoilt[0])}, hold values that are no numbers (NaN) or "
            "infinite: its training failed or the file is damaged; ask for another copy",
        )


def _check_filled(network: nn.Module, match: Match, path: Path) -> None:
    """Raise RecognitionError if a tensor that is not in state dicts is still on the meta device."""
    hollow = [name for name, buffer in network.named_buffers() if buffer.is_meta]
    if hollow:
        raise RecognitionError(path, f"mtgui cannot build {match.title} here: {quoted(hollow[0])} stays empty")
