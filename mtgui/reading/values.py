"""The values that a pickle becomes: plain data and inert placeholders, none of which can run code."""

import math
from dataclasses import dataclass, field
from typing import Any

from mtgui.reading.bounds import MOST_DIMENSIONS
from mtgui.reading.dtypes import ITEM_SIZES
from mtgui.reading.errors import damaged


@dataclass(frozen=True)
class Global:
    """The name of a class or function in a pickle; it is never imported."""

    module: str
    name: str

    @property
    def full_name(self) -> str:
        """Module and name, joined by a dot."""
        return f"{self.module}.{self.name}"


class Inert:
    """A placeholder for an object or the result of a call that mtgui does not make."""

    __slots__ = ("arguments", "entries", "items", "origin", "states")

    def __init__(self, origin: Global | None, arguments: tuple[Any, ...] = ()) -> None:
        """Keep the class or function ``origin`` (None when it was no global) and its ``arguments``."""
        self.origin = origin
        self.arguments = arguments
        self.states: list[Any] = []
        self.items: list[Any] = []
        self.entries = Table()

    def attributes(self) -> dict[Any, Any]:
        """Return the attributes that the pickle would have set; the last value of each counts."""
        found: dict[Any, Any] = {}
        for state in self.states:
            parts = state if type(state) is tuple and len(state) == 2 else (state,)
            for part in parts:
                if isinstance(part, dict):
                    found.update(part)
        return found


class Table(dict[Any, Any]):
    """A dictionary of any kind, with the attributes that the pickle set on it."""

    __slots__ = ("attributes",)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.attributes: list[Any] = []


class OddKey:
    """Stands for a dictionary key that is no plain text or number; two are never equal."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        """Keep ``value``, so that its contents can still be searched."""
        self.value = value


def as_key(value: object) -> object:
    """Return ``value`` if it is a plain key, else a stand-in, because hashing shared tuples can take for ever."""
    if value is None or type(value) in (str, bytes, bool, float):
        return value
    if type(value) is int and -(1 << 63) <= value < 1 << 63:
        return value
    return OddKey(value)


@dataclass(frozen=True)
class Storage:
    """A storage of tensors: ``count`` items of ``dtype`` (None: bytes), from item ``start`` of the content ``key``."""

    key: str
    dtype: str | None
    count: int
    start: int = 0
    unsupported: str | None = None


@dataclass(frozen=True)
class Tensor:
    """A view of a storage, or of bytes in the pickle: numbers of ``dtype``; stride and offset in items."""

    source: Storage | bytes
    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """Its size in bytes once unfolded."""
        return self.numbers * ITEM_SIZES[self.dtype]

    @property
    def is_contiguous(self) -> bool:
        """True when its numbers lie one after the other in row-major order."""
        expected = contiguous(self.shape)
        return self.numbers == 0 or all(
            length == 1 or mine == theirs
            for length, mine, theirs in zip(self.shape, self.stride, expected, strict=True)
        )

    @property
    def reach(self) -> int:
        """How many items of the source it spans, from the offset on."""
        if self.numbers == 0:
            return 0
        return 1 + sum((length - 1) * step for length, step in zip(self.shape, self.stride, strict=True))


@dataclass(frozen=True)
class Unsupported:
    """A tensor of a kind that mtgui does not read, such as quantised or sparse."""

    kind: str


@dataclass
class NumpyKind:
    """A NumPy dtype: its code, such as ``f8``, and whether it is big-endian."""

    code: str
    is_big_endian: bool = False


@dataclass
class NumpyArray:
    """A NumPy array during unpickling; ``tensor`` is None until its state is read."""

    tensor: Tensor | Unsupported | None = field(default=None)


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the row-major strides of ``shape``, in items."""
    strides = [1] * len(shape)
    for place in range(len(shape) - 2, -1, -1):
        strides[place] = strides[place + 1] * max(shape[place + 1], 1)
    return tuple(strides)


def whole_numbers(values: object, what: str) -> tuple[int, ...]:
    """Return ``values`` as a tuple of integers from 0 to 2⁶³ − 1. Raises RefusalError, which names ``what``."""
    if not isinstance(values, tuple | list) or len(values) > MOST_DIMENSIONS:
        raise damaged(f"{what} is not a short list of numbers")
    return tuple(whole_number(value, what) for value in values)


def whole_number(value: object, what: str) -> int:
    """Return ``value``, an integer from 0 to 2⁶³ − 1. Raises RefusalError, which names ``what``."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise damaged(f"{what} is not a number that makes sense")
    return value


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise RefusalError for an impossibly large shape, even if one length is 0."""
    if math.prod(max(length, 1) for length in shape) >= 1 << 60:
        raise damaged("a tensor has an impossible shape")


def make_tensor(source: Storage | bytes, dtype: str, offset: object, shape: object, stride: object) -> Tensor:
    """Return a tensor, checked against its source. Raises RefusalError."""
    tensor = Tensor(
        source,
        dtype,
        whole_numbers(shape, "the shape of a tensor"),
        whole_numbers(stride, "the stride of a tensor"),
        whole_number(offset, "the offset of a tensor"),
    )
    if len(tensor.shape) != len(tensor.stride):
        raise damaged("a tensor has more strides than dimensions, or fewer")
    check_shape(tensor.shape)
    if isinstance(source, bytes):
        available = len(source)
    else:
        available = source.count * (1 if source.dtype is None else ITEM_SIZES[source.dtype])
    if (tensor.offset + tensor.reach) * ITEM_SIZES[dtype] > available and tensor.numbers:
        raise damaged("a tensor reaches beyond the end of its storage")
    return tensor
