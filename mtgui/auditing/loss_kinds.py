"""What the losses of an audited model are: their kind, their unit and their bounds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from mtgui.common.errors import UsageError

LossKind = Literal["cross-entropy", "denoising difference", "denoising error"]
LOSS_KINDS: tuple[LossKind, ...] = get_args(LossKind)
UNITS_PER_LOSS = 1 << 20
"""Losses are kept as whole multiples of 2⁻²⁰ of their unit, so that sums are exact in any order."""


@dataclass(frozen=True)
class LossScale:
    """The scale of a kind of loss.

    title: the loss in words, for the axis of a plot. unit: its unit in words; empty for a pure number. lowest,
    highest: the bounds of a loss in an audit with missing originals, in units of 2⁻²⁰.
    """

    title: str
    unit: str
    lowest: int
    highest: int


def loss_scale(kind: LossKind, classes: int) -> LossScale:
    """Return the scale of losses of ``kind`` with ``classes`` labels. Raises UsageError without a label.

    The bounds are twice what a model gets that knows nothing: 2·ln(``classes``) nats for a cross-entropy, and 2 for the
    mean squared error of a prediction of normal noise. A difference of two such errors lies between −2 and 2.
    """
    if classes < 1:
        raise UsageError("A model has at least one class.")
    title, unit = _WORDS[kind]
    if kind == "cross-entropy":
        return LossScale(title, unit, 0, round(2 * math.log(classes) * UNITS_PER_LOSS))
    lowest = -_MOST_ERROR if kind == "denoising difference" else 0
    return LossScale(title, unit, lowest, _MOST_ERROR)


_MOST_ERROR = 2 * UNITS_PER_LOSS
_WORDS: Mapping[LossKind, tuple[str, str]] = {
    "cross-entropy": ("loss", "nats"),
    "denoising difference": ("denoising error less that of the base", ""),
    "denoising error": ("denoising error", ""),
}
