"""The facts about a model file, made in the child and checked again in the parent."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from mtgui.reading.answers import as_count, as_list, as_name, as_text, as_texts
from mtgui.reading.bounds import MOST_DIMENSIONS
from mtgui.reading.dtypes import FLOATING, ITEM_SIZES, TITLES
from mtgui.reading.header_texts import texts_from
from mtgui.reading.hints import NO_HINTS, Hints, hints_from
from mtgui.reading.onnx_facts import OnnxFacts, onnx_from

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
        """How many numbers the tensor holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class ModelFacts:
    """A model file: ``format`` in words, the ``files`` read, its tensors in order, ``size`` of these in bytes.

    ``taken`` is the place of the state dict, and ``reason`` says why it was taken before ``others``. ``renamed`` lists
    old and new names, ``ignored`` everything left out, ``limits`` the limits of the reading process. ``hints`` are
    from the settings beside the weights. ``onnx`` is the graph of an ONNX file, else None; its tensors are the numbers
    stored in the graph, and `read_model` does not take them out. ``metadata`` are the texts in the header of a
    safetensors file, exactly as they stand there: at most `MOST_PAIRS`, and `LONGEST_TEXTS` characters together.
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
    hints: Hints = NO_HINTS
    onnx: OnnxFacts | None = None
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)

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
        """A guess at the number of classes, and the name of the weight from which it comes; None if there is none.

        The weight is the last one named like a classifier, else the last matrix.
        """
        matrices = [
            t for t in self.tensors if t.name.endswith("weight") and len(t.shape) in (2, 4) and t.dtype in FLOATING
        ]
        heads = [t for t in matrices if set(t.name.split(".")[:-1]) & set(_HEADS)]
        for tensor in (*heads[-1:], *matrices[-1:]):
            return tensor.shape[0], tensor.name
        return None


def facts_from(values: object) -> ModelFacts:
    """Return the facts in ``values``, parsed JSON of the child. Raises ValueError if they are impossible."""
    if not isinstance(values, dict):
        raise ValueError("no facts")
    facts = ModelFacts(
        format=as_text(values.get("format")),
        files=as_texts(values.get("files")),
        tensors=tuple(_tensor(item) for item in as_list(values.get("tensors"))),
        size=as_count(values.get("bytes")),
        taken=as_text(values.get("taken")),
        reason=as_text(values.get("reason")),
        others=as_texts(values.get("others")),
        renamed=tuple(_pair(item) for item in as_list(values.get("renamed"))),
        ignored=as_texts(values.get("ignored")),
        notes=as_texts(values.get("notes")),
        limits=as_texts(values.get("limits")),
        hints=hints_from(values.get("hints")),
        onnx=None if values.get("onnx") is None else onnx_from(values["onnx"]),
        metadata=texts_from(values.get("metadata")),
    )
    if facts.size != sum(tensor.numbers * ITEM_SIZES[tensor.dtype] for tensor in facts.tensors):
        raise ValueError("sizes contradict each other")
    return facts


def _pair(value: object) -> tuple[str, str]:
    old, new = as_list(value)
    return as_name(old), as_name(new)


def _tensor(value: object) -> TensorFacts:
    name, dtype, shape = as_list(value)
    if dtype not in ITEM_SIZES or len(as_list(shape)) > MOST_DIMENSIONS:
        raise ValueError("no tensor")
    return TensorFacts(as_name(name), dtype, tuple(as_count(length) for length in shape))
