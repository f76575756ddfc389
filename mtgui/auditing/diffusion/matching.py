"""Compares the weights that a file has with those that a network needs."""

from collections.abc import Mapping
from dataclasses import replace

from mtgui.auditing.diffusion.plans import WeightPart
from mtgui.auditing.diffusion.shapes import Shape, Shapes
from mtgui.reading.errors import RefusalError, quoted

Parts = Mapping[str, WeightPart]
"""Where the weights of one network lie, by their names in the library; each part has the shape that it has stored."""


def matched(parts: Parts, expected: Shapes, network: str) -> dict[str, WeightPart]:
    """Return the part for every weight in ``expected``, with the shape of the network.

    network: in words, such as “its UNet”. Raises RefusalError, which names the first weight that is missing, that has
    another shape, or that has no place.
    """
    found = {}
    for name, shape in expected.items():
        part = parts.get(name)
        if part is None:
            raise RefusalError(f"{network} lacks {quoted(name)}; download it again, or choose another model")
        if not is_same(part.shape, shape):
            raise RefusalError(
                f"{quoted(part.name)} of {network} has the shape {in_words(part.shape)}, and {in_words(shape)} fits "
                "the rest; choose another model"
            )
        found[name] = replace(part, shape=shape)
    for name, part in parts.items():
        if name not in expected:
            raise RefusalError(f"{quoted(part.name)} has no place in {network}; choose another model")
    return found


def is_same(stored: Shape, wanted: Shape) -> bool:
    """True if both have the same lengths; kernels of one pixel may be stored as matrices, and matrices as kernels."""
    return _without_ones(stored) == _without_ones(wanted)


def in_words(shape: Shape) -> str:
    """Return a shape in words."""
    return "×".join(map(str, shape)) or "of a single number"


def _without_ones(shape: Shape) -> Shape:
    return shape[:2] if len(shape) == 4 and shape[2:] == (1, 1) else shape
