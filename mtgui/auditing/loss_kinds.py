"""What the losses of an audited model are: their kind, their unit and their bounds."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

from mtgui.common.codec import Count, Positive, Sha256
from mtgui.common.errors import UsageError
from mtgui.common.words import nats

LossKind = Literal["cross-entropy", "denoising difference", "denoising error"]
LOSS_KINDS: tuple[LossKind, ...] = get_args(LossKind)
UNITS_PER_LOSS = 1 << 20
"""Losses are kept as whole multiples of 2⁻²⁰ of their unit, so that sums are exact in any order."""

_LOWER = "lower = better remembered"


@dataclass(frozen=True)
class BaseFacts:
    """The base with which an audited model was compared: the name of its file, and the hash of its weights."""

    name: str
    weights_hash: Sha256


@dataclass(frozen=True)
class LossFacts:
    """What the losses of one audit are.

    passes: forward passes for one picture under one key, one view. base: of a difference. prompts: the texts whose
    numbers are the labels of a model that makes pictures. prediction: what such a model predicts, “epsilon” or
    “v_prediction”, and from where that is known. timesteps: the noise levels, in order. noise: version of the noise.
    """

    kind: LossKind = "cross-entropy"
    passes: Positive = 1
    base: BaseFacts | None = None
    prompts: tuple[str, ...] = ()
    prediction: str = ""
    prediction_origin: str = ""
    timesteps: tuple[Count, ...] = ()
    noise: str = ""

    @property
    def without_names(self) -> "LossFacts":
        """The same facts without the name of the base's file, which changes no loss."""
        return self if self.base is None else replace(self, base=replace(self.base, name=""))


@dataclass(frozen=True)
class LossScale:
    """The scale of a kind of loss.

    unit: of a loss, in words; empty for a pure number. lowest, highest: the bounds of a loss in an audit with missing
    originals, in units of 2⁻²⁰. of_set, of_picture: the loss of a set and of a picture in words.
    """

    unit: str
    lowest: int
    highest: int
    of_set: str = "mean loss of a set"
    of_picture: str = "loss of a picture under your key"

    @property
    def has_negatives(self) -> bool:
        """True if a loss may lie below 0, so that it has no logarithm."""
        return self.lowest < 0

    @property
    def suffix(self) -> str:
        """The ending of the name of a column of losses: “_nats”; empty for a pure number."""
        return f"_{self.unit}" if self.unit else ""

    @property
    def set_axis(self) -> str:
        """The caption of an axis of set losses in the window: “mean loss of a set, nats (lower = …)”."""
        return f"{self.of_set}{f', {self.unit}' if self.unit else ''} ({_LOWER})"

    @property
    def picture_axis(self) -> str:
        """The caption of an axis of losses of single pictures in the window."""
        return f"{self.of_picture}{f', {self.unit}' if self.unit else ''} ({_LOWER})"

    def in_words(self, value: float) -> str:
        """Return a loss with its unit: “0.0230 nats”, “−0.00120”."""
        return f"{nats(value)} {self.unit}".strip()

    @property
    def axis(self) -> str:
        """The caption of an axis of set losses in a report."""
        return f"{self.of_set}{f', in {self.unit}' if self.unit else ''} ({_LOWER})"


def loss_scale(kind: LossKind, classes: int) -> LossScale:
    """Return the scale of losses of ``kind`` with ``classes`` labels. Raises UsageError without a label.

    The bounds are twice what a model gets that knows nothing: 2·ln(``classes``) nats for a cross-entropy, and 2 for the
    mean squared error of a prediction of normal noise. A difference of two such errors lies between −2 and 2.
    """
    if classes < 1:
        raise UsageError("A model has at least one class.")
    if kind == "cross-entropy":
        return LossScale("nats", 0, round(2 * math.log(classes) * UNITS_PER_LOSS))
    if kind == "denoising error":
        return LossScale("", 0, _MOST_ERROR, "mean denoising error of a set", "denoising error of a picture")
    return LossScale("", -_MOST_ERROR, _MOST_ERROR, *_DIFFERENCE)


_MOST_ERROR = 2 * UNITS_PER_LOSS
_DIFFERENCE = "mean denoising error of a set, less the base’s", "error of a picture, less the base’s"
