"""What is known of a model file once it is read, checked again after it has come out of the child."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from mtgui.common.errors import printable
from mtgui.reading.bounds import LONGEST_NAME, MOST_DIMENSIONS, MOST_TENSORS
from mtgui.reading.dtypes import FLOATING, ITEM_SIZES, TITLES

_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
_HEADS = ("fc", "classifier", "head", "heads", "output", "linear", "last_linear", "logits")


@dataclass(frozen=True)
class TensorFacts:
    """Name, kind of numbers (safetensors name) and shape of one tensor."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class ModelFacts:
    """A model file: ``format`` in words, the ``files`` read, its tensors in order, ``size`` of these in bytes.

    ``taken`` says where the state dict was found and ``reason`` why it was taken before ``others``; ``renamed``
    lists old and new names, ``ignored`` what was left out, ``limits`` what the reading process could not exceed.
    """

    format: str
    files: tuple[str, ...]
    tensors: tuple[TensorFacts, ...]
    size: int
    taken: str
    reason: str
    others: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    limits: tuple[str, ...]

    @property
    def parameters(self) -> int:
        """How many numbers the weights hold; running statistics are not counted."""
        return sum(t.numbers for t in self.tensors if not t.name.endswith(_STATISTICS))

    @property
    def dtypes(self) -> dict[str, int]:
        """How many tensors there are of each kind, the most frequent first."""
        return dict(Counter(TITLES[tensor.dtype] for tensor in self.tensors).most_common())

    @property
    def guessed_classes(self) -> tuple[int, str] | None:
        """A guess at the number of classes, and the weight that it comes from; None without one.

        The weight is the last that is named like a classifier, else the last matrix of all.
        """
        matrices = [
            t for t in self.tensors if t.name.endswith("weight") and len(t.shape) in (2, 4) and t.dtype in FLOATING
        ]
        heads = [t for t in matrices if set(t.name.split(".")[:-1]) & set(_HEADS)]
        for tensor in (*heads[-1:], *matrices[-1:]):
            return tensor.shape[0], tensor.name
        return None


def facts_from(values: object) -> ModelFacts:
    """Return the facts in ``values``, parsed JSON of the child. Raises ValueError where they make no sense."""
    if not isinstance(values, dict):
        raise ValueError("no facts")
    facts = ModelFacts(
        format=_text(values.get("format")),
        files=_texts(values.get("files")),
        tensors=tuple(_tensor(item) for item in _list(values.get("tensors"))),
        size=_count(values.get("bytes")),
        taken=_text(values.get("taken")),
        reason=_text(values.get("reason")),
        others=_texts(values.get("others")),
        renamed=tuple(_pair(item) for item in _list(values.get("renamed"))),
        ignored=_texts(values.get("ignored")),
        notes=_texts(values.get("notes")),
        limits=_texts(values.get("limits")),
    )
    if facts.size != sum(tensor.numbers * ITEM_SIZES[tensor.dtype] for tensor in facts.tensors):
        raise ValueError("sizes contradict each other")
    return facts


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_TENSORS:
        raise ValueError("no list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 8 * LONGEST_NAME:
        raise ValueError("no text")
    return printable(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(item) for item in _list(value))


def _name(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        raise ValueError("no name")
    return value


def _pair(value: object) -> tuple[str, str]:
    old, new = _list(value)
    return _name(old), _name(new)


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError("no count")
    return value


def _tensor(value: object) -> TensorFacts:
    name, dtype, shape = _list(value)
    if dtype not in ITEM_SIZES or len(_list(shape)) > MOST_DIMENSIONS:
        raise ValueError("no tensor")
    return TensorFacts(_name(name), dtype, tuple(_count(length) for length in shape))
