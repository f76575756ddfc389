"""What a model maker may do before and after a training that weakens an audit; here, to pictures and to answers.

Each switch does one thing, the same on every run with the same seed.
"""

import io
import random
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor, nn

from mtgui.common.errors import UsageError
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData

_LIMITS: dict[str, tuple[float, float]] = {
    "jpeg": (1, 100),
    "resize": (4, 4096),
    "blur": (0, 64),
    "colour_shift": (0, 255),
    "crop": (0.1, 1),
    "output_digits": (0, 12),
    "filter": (0, 0.9),
    "fine_tune_afterwards": (1, 10_000),
    "distil": (1, 10_000),
}
_OF_PICTURES = ("crop", "resize", "blur", "colour_shift", "jpeg")


@dataclass(frozen=True)
class Countermeasures:
    """What is done; None leaves a switch off. They are applied in this order.

    crop: share of each side that is cut out at a place of chance and enlarged again. resize: pixels of the side that
    pictures are shrunk to and enlarged from. blur: standard deviation of a Gaussian, in pixels. colour_shift: levels
    of 255 by which each channel of each picture is moved at most. jpeg: quality at which pictures are encoded anew.
    output_digits: decimal places to which the finished model rounds its probabilities. filter: share of the pictures
    that is left out before all this, those that look most out of distribution. fine_tune_afterwards: epochs for which
    the finished model is trained further on clean pictures, none of them a user's. distil: epochs for which a fresh
    model then learns the answers of the first to those clean pictures, and takes its place.
    """

    crop: float | None = None
    resize: int | None = None
    blur: float | None = None
    colour_shift: int | None = None
    jpeg: int | None = None
    output_digits: int | None = None
    filter: float | None = None
    fine_tune_afterwards: int | None = None
    distil: int | None = None

    def __post_init__(self) -> None:
        """Raise UsageError where a value lies outside its bounds."""
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise UsageError(
                    f"The countermeasure “{name.replace('_', ' ')}” takes {low:g} to {high:g}, not {value:g}."
                )

    @property
    def changes_pictures(self) -> bool:
        """True when any picture would be altered."""
        return any(getattr(self, name) is not None for name in _OF_PICTURES)


def applied(measures: Countermeasures, data: TrainingData, seed: int) -> TrainingData:
    """Return ``data`` with every picture treated as ``measures`` say; chance comes from ``seed``."""
    if not measures.changes_pictures:
        return data
    pixels = np.stack(
        [_treated(measures, one, random.Random(f"countermeasure {seed} {n}")) for n, one in enumerate(data.pixels)]
    )
    return TrainingData(pixels, data.labels, data.class_names)


class RoundedAnswers(nn.Module):
    """A classifier whose probabilities are rounded to some decimal places, as an interface may hand them out.

    It answers with the logarithms of the rounded probabilities; one that is rounded to nothing counts as half a unit
    of the last place.
    """

    def __init__(self, module: nn.Module, digits: int) -> None:
        """Take ``module``, which answers with logits."""
        super().__init__()
        self.module, self.digits = module, digits

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (B, classes), of the rounded probabilities."""
        probabilities = torch.softmax(self.module(x).double(), dim=1)
        return probabilities.round(decimals=self.digits).clamp_min(0.5 * 10.0**-self.digits).log()


def _treated(measures: Countermeasures, pixels: NDArray[np.uint8], chance: random.Random) -> NDArray[np.uint8]:
    image = Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
    size = image.size
    if measures.crop is not None:
        wide, high = (max(1, round(side * measures.crop)) for side in size)
        left, top = chance.randint(0, size[0] - wide), chance.randint(0, size[1] - high)
        image = image.resize(size, Image.Resampling.BICUBIC, box=(left, top, left + wide, top + high))
    if measures.resize is not None:
        image = image.resize((measures.resize,) * 2, Image.Resampling.BILINEAR).resize(size, Image.Resampling.BILINEAR)
    if measures.blur is not None:
        image = image.filter(ImageFilter.GaussianBlur(measures.blur))
    if measures.colour_shift is not None:
        most = measures.colour_shift
        shift = np.array([chance.randint(-most, most) for _ in range(3)])
        image = Image.fromarray(np.clip(np.asarray(image).astype(np.int64) + shift, 0, 255).astype(np.uint8))
    if measures.jpeg is not None:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=measures.jpeg)
        image = Image.open(file)
    return np.asarray(image).transpose(2, 0, 1)
