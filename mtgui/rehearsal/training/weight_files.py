"""Writes and reads tensors in safetensors files, whole or not at all: trained models and checkpoints."""

import io
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mtgui.common.errors import StorageError, printable
from mtgui.common.files import open_ordinary, replace
from mtgui.common.hashing import sha256_bytes
from mtgui.reading.errors import RefusalError
from mtgui.reading.safetensors import read_places, write_header

_KINDS = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.float64: "F64",
    torch.int64: "I64",
    torch.uint8: "U8",
}
_TYPES = {name: dtype for dtype, name in _KINDS.items()}


def pack(tensors: Mapping[str, Tensor], texts: Mapping[str, str] | None = None) -> bytes:
    """Return ``tensors`` as the content of a safetensors file. texts: what its header says of it, by name."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    file = io.BytesIO()
    write_header(file, {name: (_KINDS[tensor.dtype], tuple(tensor.shape)) for name, tensor in plain.items()}, texts)
    for tensor in plain.values():
        file.write(tensor.numpy().tobytes())
    return file.getvalue()


def save_tensors(path: Path, tensors: Mapping[str, Tensor], texts: Mapping[str, str] | None = None) -> None:
    """Write ``tensors`` with ``texts`` as in `pack` to ``path``; replace an existing file. Raises OSError."""
    replace(path, pack(tensors, texts))


def load_tensors(path: Path, names: Collection[str] | None = None) -> dict[str, Tensor]:
    """Return the tensors in the file at ``path``; with ``names``, only these.

    Raises StorageError if the file is no checkpoint or damaged.
    """
    try:
        with open_ordinary(path) as file:
            places = read_places(file)
            tensors = {}
            for name, place in places.items():
                if names is not None and name not in names:
                    continue
                file.seek(place.start)
                content = bytearray(file.read(place.end - place.start))
                dtype = _TYPES[place.dtype]
                flat = torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)
                tensors[name] = flat.reshape(place.shape)
            return tensors
    except (RefusalError, KeyError) as error:
        raise StorageError(
            f"“{printable(path)}” is no checkpoint of a rehearsal, or damaged. Delete it to begin again."
        ) from error


def model_tensors(module: nn.Module, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """Return the weights of ``module`` by name; floating-point ones as ``dtype``."""
    return {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in module.state_dict().items()
    }


def module_hash(module: nn.Module) -> str:
    """Return the SHA-256 of the weights of ``module`` as 64 hexadecimal digits; it seeds the audits of the model."""
    return sha256_bytes(pack(dict(sorted(model_tensors(module).items()))))


def text_tensor(text: str) -> Tensor:
    """Return ``text`` as a tensor of bytes, for a checkpoint."""
    return torch.from_numpy(np.frombuffer(text.encode(), np.uint8).copy())


def tensor_text(tensor: Tensor) -> str:
    """Return the text in a tensor of `text_tensor`."""
    return bytes(tensor.numpy().tobytes()).decode()
