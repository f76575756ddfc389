"""Compares the tensors of a file with the layout of an architecture, in which some lengths are open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mtgui.reading.dtypes import FLOATING, TITLES
from mtgui.reading.errors import quoted
from mtgui.reading.facts import TensorFacts

LARGEST_TABLES = 512 << 20
"""Most bytes of tables that a network may have beside what its file holds; settings of a file cannot ask for more."""
COUNTER = "num_batches_tracked"
"""The counter of batch normalisation; a trained network does not need it, so it may be absent."""


@dataclass(frozen=True)
class Leaf:
    """The shape of one tensor of an architecture; a letter stands for an open length, which the file decides.

    is_whole: True for whole numbers (an index), False for weights.
    """

    shape: tuple[int | str, ...]
    is_whole: bool = False


Layout = Mapping[str, Leaf]
"""Every tensor of an architecture, by name, in order."""


@dataclass(frozen=True)
class Fit:
    """The comparison of a file with a layout. ``lengths``: the open lengths, by their letters."""

    lengths: Mapping[str, int]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """True when everything agrees."""
        return not (self.missing or self.unexpected or self.misshapen)


Shapes = dict[str, tuple[int | str, ...]]
"""Shapes by name, from which `as_layout` makes a layout."""


def as_layout(shapes: Shapes) -> Layout:
    """Return a layout of weights with these ``shapes``."""
    return {name: Leaf(shape, name.endswith(COUNTER)) for name, shape in shapes.items()}


def convolution(name: str, inputs: int, outputs: int, size: int, *, has_bias: bool = False) -> Shapes:
    """Return the shapes of a convolution ``name`` of ``size`` × ``size`` pixels."""
    bias: Shapes = {f"{name}.bias": (outputs,)} if has_bias else {}
    return {f"{name}.weight": (outputs, inputs, size, size), **bias}


def batch_norm(name: str, width: int) -> Shapes:
    """Return the shapes of the five tensors of a batch normalisation ``name`` over ``width`` channels."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return {**{f"{name}.{part}": (width,) for part in parts}, f"{name}.{COUNTER}": ()}


def classifier(name: str, inputs: int) -> Shapes:
    """Return the shapes of a last, linear layer ``name`` with any number of classes, C."""
    return {f"{name}.weight": ("C", inputs), f"{name}.bias": ("C",)}


def compare(found: Mapping[str, TensorFacts], layout: Layout) -> Fit:
    """Compare ``found``, the tensors of a file under the names of the layout, with ``layout``."""
    lengths: dict[str, int] = {}
    misshapen = []
    for name, leaf in layout.items():
        tensor = found.get(name)
        if tensor is not None and (fault := _fault(tensor, leaf, lengths)):
            misshapen.append(f"{quoted(tensor.name)} {fault}")
    return Fit(
        lengths=lengths,
        missing=tuple(name for name in layout if name not in found and not name.endswith(COUNTER)),
        unexpected=tuple(tensor.name for name, tensor in found.items() if name not in layout),
        misshapen=tuple(misshapen),
    )


def by_name(tensors: Iterable[TensorFacts]) -> dict[str, TensorFacts]:
    """Return ``tensors`` under their own names."""
    return {tensor.name: tensor for tensor in tensors}


def shape_in_words(shape: Iterable[int | str]) -> str:
    """Return ``shape`` as 64×3×7×7."""
    return "×".join(map(str, shape)) or "one number"


def _fault(tensor: TensorFacts, leaf: Leaf, lengths: dict[str, int]) -> str:
    """Return words for what is wrong with ``tensor``; add the open lengths that it decides to ``lengths``."""
    bound = tuple(lengths.get(length, length) if isinstance(length, str) else length for length in leaf.shape)
    if len(tensor.shape) != len(bound) or any(
        wanted != length for wanted, length in zip(bound, tensor.shape, strict=True) if isinstance(wanted, int)
    ):
        return f"is {shape_in_words(tensor.shape)} instead of {shape_in_words(bound)}"
    if any(length < 1 for length in tensor.shape):
        return "is empty"
    if not leaf.is_whole and tensor.dtype not in FLOATING:
        return f"holds {TITLES[tensor.dtype]} instead of floating-point numbers"
    lengths.update({w: length for w, length in zip(bound, tensor.shape, strict=True) if isinstance(w, str)})
    return ""
