"""Checks of single settings in a stranger's config.json, before transformers sees them."""

from collections.abc import Callable
from dataclasses import dataclass

from mtgui.reading.hints import Value

LARGEST_WIDTH = 16_384
LARGEST_PICTURE = 4096
MOST_LAYERS = 1000
_LARGEST_SHARE = 64.0
_ACTIVATIONS = frozenset(
    {"relu", "relu6", "leaky_relu", "gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu"}
    | {"gelu_accurate", "silu", "swish", "hardswish", "mish", "tanh", "sigmoid"}
)
"""Names of activations in transformers that have neither settings nor weights of their own."""


@dataclass(frozen=True)
class Check:
    """What a setting may be. take: returns it as transformers wants it, or None if it is something else.

    words: what it must be, for messages. is_depth: True where it says how many layers there are.
    """

    words: str
    take: Callable[[Value], object | None]
    is_depth: bool = False


def _whole(least: int, most: int) -> Callable[[Value], int | None]:
    return lambda value: value if type(value) is int and least <= value <= most else None


def _number(least: float, most: float) -> Callable[[Value], float | None]:
    def take(value: Value) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if least <= value <= most else None

    return take


def _list(take: Callable[[Value], object | None]) -> Callable[[Value], list[object] | None]:
    def take_all(value: Value) -> list[object] | None:
        if not isinstance(value, tuple):
            return None
        taken = [found for item in value if (found := take(item)) is not None]
        return taken if len(taken) == len(value) else None

    return take_all


def _either(first: Callable[[Value], object | None], other: Callable[[Value], object | None]) -> Callable[..., object]:
    return lambda value: other(value) if isinstance(value, tuple) else first(value)


def _pair(value: Value) -> list[object] | None:
    return _list(_whole(1, LARGEST_PICTURE))(value) if isinstance(value, tuple) and len(value) == 2 else None


def one_of(*names: str) -> Check:
    """Return the check for one of ``names``."""
    return Check(" or ".join(f"“{name}”" for name in names), lambda value: value if value in names else None)


def several_of(*names: str) -> Check:
    """Return the check for a list with nothing but ``names`` in it."""
    words = " or ".join(f"“{name}”" for name in names)
    return Check(f"a list of {words}", _list(lambda value: value if value in names else None))


WIDTH = Check(f"a whole number from 1 to {LARGEST_WIDTH:,}", _whole(1, LARGEST_WIDTH))
WIDTHS = Check(f"whole numbers from 1 to {LARGEST_WIDTH:,}", _list(_whole(1, LARGEST_WIDTH)))
COUNTS = Check(f"whole numbers from 0 to {LARGEST_WIDTH:,}", _list(_whole(0, LARGEST_WIDTH)))
DEPTH = Check(f"a whole number from 1 to {MOST_LAYERS:,}", _whole(1, MOST_LAYERS), is_depth=True)
DEPTHS = Check(f"whole numbers from 1 to {MOST_LAYERS:,}", _list(_whole(1, MOST_LAYERS)), is_depth=True)
SIDE = Check(f"a whole number from 1 to {LARGEST_PICTURE:,}, or two", _either(_whole(1, LARGEST_PICTURE), _pair))
SMALL = Check("a whole number from 0 to 32", _whole(0, 32))
SMALLS = Check("whole numbers from 0 to 32", _list(_whole(0, 32)))
SHARE = Check(f"a number from 0 to {_LARGEST_SHARE:.0f}", _number(0, _LARGEST_SHARE))
SHARES = Check(f"numbers from 0 to {_LARGEST_SHARE:.0f}", _list(_number(0, _LARGEST_SHARE)))
EPSILON = Check("a number from 0 to 0.1", _number(0, 0.1))
FLAG = Check("true or false", lambda value: value if isinstance(value, bool) else None)
FLAGS = Check("a list of true and false", _list(lambda value: value if isinstance(value, bool) else None))
ACTIVATION = Check("an activation without weights of its own", lambda value: value if value in _ACTIVATIONS else None)
