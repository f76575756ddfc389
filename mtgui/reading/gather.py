"""Copies tensors, with any strides and storages, into one safetensors file. Runs in the child."""

from collections.abc import Iterator
from typing import IO

import numpy as np

from mtgui.reading.bounds import CHUNK
from mtgui.reading.contents import Bytes, Content
from mtgui.reading.dtypes import ITEM_SIZES
from mtgui.reading.errors import RefusalError, damaged
from mtgui.reading.loading import Loaded, byte_range
from mtgui.reading.safetensors import write_header
from mtgui.reading.values import Tensor


def check_output(loaded: Loaded, most: int) -> int:
    """Return how many bytes all tensors unfold to. Raises RefusalError for more than ``most``; copies nothing."""
    total = sum(tensor.size for tensor in loaded.unwrapped.tensors.values())
    if total > most:
        raise RefusalError(
            f"its tensors unfold to {total / 1e9:,.1f} GB, far more than the file holds: it was made to fill disks; "
            "do not use it"
        )
    for tensor in loaded.unwrapped.tensors.values():
        _content(loaded, tensor)
    return total


def write_tensors(loaded: Loaded, file: IO[bytes]) -> None:
    """Write every tensor to ``file``, row-major. Raises RefusalError, OSError."""
    tensors = loaded.unwrapped.tensors
    write_header(file, {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()})
    for tensor in tensors.values():
        for piece in _pieces(loaded, tensor):
            file.write(piece)


def _content(loaded: Loaded, tensor: Tensor) -> tuple[Content, int, int]:
    """Return the content that holds a tensor, its first byte and the number of bytes. Raises RefusalError."""
    key, start, length = byte_range(tensor)
    if isinstance(tensor.source, bytes):
        return Bytes(tensor.source), start, length
    content = loaded.contents.get(str(key), Bytes(b""))
    if length and start + length > content.size:
        raise damaged("a tensor reaches beyond the end of its storage")
    return content, start, length


def _pieces(loaded: Loaded, tensor: Tensor) -> Iterator[bytes]:
    content, start, length = _content(loaded, tensor)
    if tensor.numbers == 0:
        return
    if tensor.is_contiguous:
        for place in range(0, length, CHUNK):
            yield content.read(start + place, min(CHUNK, length - place))
        return
    item = ITEM_SIZES[tensor.dtype]
    data = np.frombuffer(content.read(start, length), f"<u{item}")
    steps = tuple(0 if many == 1 else step * item for many, step in zip(tensor.shape, tensor.stride, strict=True))
    view = np.lib.stride_tricks.as_strided(data, tensor.shape, steps, writeable=False)
    rows = max(1, CHUNK * tensor.shape[0] // tensor.size)
    for first in range(0, tensor.shape[0], rows):
        yield np.ascontiguousarray(view[first : first + rows]).tobytes()
