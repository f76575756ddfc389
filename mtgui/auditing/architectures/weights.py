"""Turns stored tensors into weights of a network, and checks that these are finite numbers."""

from pathlib import Path

import torch
from torch import nn

from mtgui.reading.dtypes import TITLES
from mtgui.reading.errors import ModelError, quoted
from mtgui.reading.tensors import TensorFile

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


def stored_tensor(name: str, wanted: torch.dtype, tensors: TensorFile, path: Path) -> torch.Tensor:
    """Return tensor ``name`` as float32, or as whole numbers if ``wanted`` has these: on the CPU, in its own memory.

    ``path``: the model file, for messages. Raises ModelError for numbers of another kind, KeyError, OSError.
    """
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


def check_finite(network: nn.Module, path: Path) -> None:
    """Raise ModelError if a weight of ``network`` is not finite."""
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
