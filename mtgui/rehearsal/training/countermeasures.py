"""Carries out countermeasures before and after a training: on pictures, and on the answers of the finished model.

Each does one thing, and gives the same result on every run with the same seed.
"""

import io
import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor, nn

from mtgui.rehearsal.countermeasure_table import Countermeasures
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData

Treatment = Callable[[Image.Image, float, random.Random], Image.Image]


def applied(measures: Countermeasures, data: TrainingData, seed: int) -> TrainingData:
    """Return ``data`` with ``measures`` applied to every picture; random values come from ``seed``."""
    wanted = _wanted(measures)
    if not wanted:
        return data
    pixels = np.stack(
        [_treated(wanted, one, random.Random(f"countermeasure {seed} {n}")) for n, one in enumerate(data.pixels)]
    )
    return TrainingData(pixels, data.labels, data.class_names)


class RoundedAnswers(nn.Module):
    """A classifier whose probabilities are rounded to some decimal places, as in the answers of a web service.

    It answers with the logarithms of the rounded probabilities; a probability that is rounded to 0 counts as half a
    unit of the last place.
    """

    def __init__(self, module: nn.Module, digits: int) -> None:
        """Wrap ``module``, which answers with logits; ``digits`` is the number of decimal places."""
        super().__init__()
        self.module, self.digits = module, digits

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (B, classes), of the rounded probabilities."""
        probabilities = torch.softmax(self.module(x).double(), dim=1)
        return probabilities.round(decimals=self.digits).clamp_min(0.5 * 10.0**-self.digits).log()


def _crop(image: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """Crop ``share`` of each side at a random place, and enlarge the crop to the old size."""
    size = image.size
    wide, high = (max(1, round(side * share)) for side in size)
    left, top = chance.randint(0, size[0] - wide), chance.randint(0, size[1] - high)
    return image.resize(size, Image.Resampling.BICUBIC, box=(left, top, left + wide, top + high))


def _resize(image: Image.Image, side: float, _: random.Random) -> Image.Image:
    """Shrink to ``side`` pixels, and enlarge to the old size."""
    small = image.resize((int(side),) * 2, Image.Resampling.BILINEAR)
    return small.resize(image.size, Image.Resampling.BILINEAR)


def _blur(image: Image.Image, deviation: float, _: random.Random) -> Image.Image:
    """Blur by a Gaussian with this standard deviation in pixels."""
    return image.filter(ImageFilter.GaussianBlur(deviation))


def _shift_colours(image: Image.Image, most: float, chance: random.Random) -> Image.Image:
    """Move each channel by up to ``most`` levels of 255."""
    shift = np.array([chance.randint(-int(most), int(most)) for _ in range(3)])
    return Image.fromarray(np.clip(np.asarray(image).astype(np.int64) + shift, 0, 255).astype(np.uint8))


def _encode(image: Image.Image, quality: float, _: random.Random) -> Image.Image:
    """Encode as JPEG of this quality, and decode."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(quality))
    return Image.open(file)


TREATMENTS: Mapping[str, Treatment] = {
    "crop": _crop,
    "resize": _resize,
    "blur": _blur,
    "colour_shift": _shift_colours,
    "jpeg": _encode,
}
"""The functions on pictures, by the field of `Countermeasures`, in the order in which they are applied."""


def _wanted(measures: Countermeasures) -> list[tuple[Treatment, float]]:
    values = [(treat, getattr(measures, name)) for name, treat in TREATMENTS.items()]
    return [(treat, value) for treat, value in values if value is not None]


def _treated(
    wanted: Sequence[tuple[Treatment, float]], pixels: NDArray[np.uint8], chance: random.Random
) -> NDArray[np.uint8]:
    image = Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
    for treat, value in wanted:
        image = treat(image, value, chance)
    return np.asarray(image).transpose(2, 0, 1)
