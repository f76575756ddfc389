"""Reads the dimensions of a network from the shapes of its tensors, with a default if they are missing."""

from mtgui.auditing.architectures.family import Tensors
from mtgui.reading.errors import quoted
from mtgui.reading.hints import SettingError, Settings


def length(tensors: Tensors, name: str, axis: int, default: int) -> int:
    """Return the length of tensor ``name`` along ``axis``, or ``default`` without it."""
    tensor = tensors.get(name)
    return tensor.shape[axis] if tensor is not None and axis < len(tensor.shape) else default


def count(tensors: Tensors, stem: str) -> int:
    """Return the number of numbered modules under ``stem``, such as “layers.”; the numbers begin with 0."""
    numbers = {name[len(stem) :].partition(".")[0] for name in tensors if name.startswith(stem)}
    found = 0
    while str(found) in numbers:
        found += 1
    return found


def epsilon(config: Settings, default: float) -> float:
    """Return ``layer_norm_eps``. Raises SettingError if it is not a small number."""
    value = config.number("layer_norm_eps")
    if value is not None and not 0 <= value <= 0.1:
        raise SettingError(
            f"{config.place} says “layer_norm_eps” is {quoted(value)}, which is no small number; download it again."
        )
    return default if value is None else value
