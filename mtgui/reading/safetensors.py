"""Reads (as hostile) and writes the safetensors format: eight bytes of length, a JSON header, then numbers."""

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO

from mtgui.reading.bounds import LARGEST_JSON, LONGEST_NAME, MOST_DIMENSIONS, MOST_TENSORS
from mtgui.reading.dtypes import ITEM_SIZES
from mtgui.reading.errors import RefusalError, cut_off, damaged, quoted
from mtgui.reading.strict_json import parse_object
from mtgui.reading.values import check_shape

METADATA = "__metadata__"


@dataclass(frozen=True)
class TensorPlace:
    """The place of a tensor in a file: bytes ``start`` to ``end``, row-major and little-endian."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def looks_like_safetensors(head: bytes, size: int) -> bool:
    """True when a file of ``size`` bytes that begins with ``head`` can be such a container."""
    return size > 8 and head[8:9] == b"{" and head[5:8] == b"\0\0\0"


@dataclass(frozen=True)
class Header:
    """What the header of a file says: the place of each tensor, in order, and its texts, unchecked."""

    places: dict[str, TensorPlace]
    metadata: object


def read_places(file: IO[bytes]) -> dict[str, TensorPlace]:
    """Return the place of each tensor in ``file``; raises what `read_header` raises."""
    return read_header(file).places


def read_header(file: IO[bytes]) -> Header:
    """Return the header of ``file``.

    Raises RefusalError unless the tensors fill the file without gap or overlap, as the format requires.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > LARGEST_JSON:
        raise damaged("its header states an impossible size")
    if length > size - 8:
        raise cut_off("its header")
    header = parse_object(file.read(length), "its header")
    if len(header) > MOST_TENSORS + 1:
        raise damaged("its header lists more tensors than any model has")
    places = {name: _place(name, value, 8 + length) for name, value in header.items() if name != METADATA}
    _check_filled(places.values(), 8 + length, size)
    return Header(places, header.get(METADATA))


def write_header(
    file: IO[bytes], tensors: Mapping[str, tuple[str, tuple[int, ...]]], texts: Mapping[str, str] | None = None
) -> None:
    """Write the header for ``tensors``, (kind, shape) by name; their bytes must follow in the same order.

    texts: what the file says of itself, by name.
    """
    header: dict[str, object] = {METADATA: dict(texts)} if texts else {}
    place = 0
    for name, (dtype, shape) in tensors.items():
        end = place + math.prod(shape) * ITEM_SIZES[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [place, end]}
        place = end
    data = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode()
    data += b" " * (-len(data) % 8)
    if len(data) > LARGEST_JSON:
        raise RefusalError("the names of its tensors are longer than the safetensors format allows")
    file.write(len(data).to_bytes(8, "little") + data)


def _place(name: str, value: object, base: int) -> TensorPlace:
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"} or len(name) > LONGEST_NAME:
        raise damaged(f"its header describes {quoted(name)} in an unknown way")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in ITEM_SIZES:
        raise RefusalError(
            f"its tensor {quoted(name)} holds numbers of the kind {quoted(dtype)}, which mtgui does not read; "
            "ask for a copy in float32, float16 or bfloat16"
        )
    if not _are_counts(shape) or len(shape) > MOST_DIMENSIONS or not _are_counts(offsets) or len(offsets) != 2:
        raise damaged(f"its header describes {quoted(name)} with impossible numbers")
    check_shape(tuple(shape))
    start, end = offsets
    if end - start != math.prod(shape) * ITEM_SIZES[dtype]:
        raise damaged(f"the size of {quoted(name)} does not fit its shape")
    return TensorPlace(dtype, tuple(shape), base + start, base + end)


def _are_counts(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 1 << 63 for value in values)


def _check_filled(places: Iterable[TensorPlace], base: int, size: int) -> None:
    place = base
    for tensor in sorted(places, key=lambda tensor: (tensor.start, tensor.end)):
        if tensor.start != place:
            raise damaged("its tensors overlap or leave gaps")
        place = tensor.end
    if place > size:
        raise cut_off("its numbers")
    if place < size:
        raise damaged("it holds bytes that belong to no tensor")
