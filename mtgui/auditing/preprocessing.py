"""How a picture becomes the numbers that a model was trained on: resize, crop, scale, normalise."""

from dataclasses import dataclass
from typing import Literal, get_args

from mtgui.common.errors import UsageError

Interpolation = Literal["nearest", "box", "bilinear", "bicubic", "lanczos"]
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)
LARGEST_SIDE = 4096

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """From upright 8-bit RGB to model input.

    resize: short side in pixels, or (height, width) exactly, or None for no resizing where the crop fits.
    crop: (height, width) cut from the middle: the model's input size. interpolation: of the resizing, always with
    antialiasing, as Pillow does it. mean, std: of each channel after scaling to 0–1. channels: the order in which the
    model wants red, green and blue.
    """

    resize: int | tuple[int, int] | None = 256
    crop: tuple[int, int] = (224, 224)
    interpolation: Interpolation = "bilinear"
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    channels: Literal["RGB", "BGR"] = "RGB"

    def __post_init__(self) -> None:
        """Raise UsageError where a value makes no sense."""
        sides = [*self.crop, *((self.resize,) if isinstance(self.resize, int) else self.resize or ())]
        if not all(1 <= side <= LARGEST_SIDE for side in sides):
            raise UsageError(f"Sizes of the model's input lie between 1 and {LARGEST_SIDE} pixels; these are {sides}.")
        if self.interpolation not in INTERPOLATIONS:
            raise UsageError(
                f"There is no interpolation called “{self.interpolation}”; choose {', '.join(INTERPOLATIONS)}."
            )
        if not all(0 < value < float("inf") for value in self.std) or not all(abs(v) < float("inf") for v in self.mean):
            raise UsageError("Mean and standard deviation are finite numbers, and the latter is above 0.")

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """Return the size, (height, width), that a picture of ``height`` × ``width`` pixels is resized to before the
        crop: never smaller than the crop.
        """
        if isinstance(self.resize, tuple):
            wanted = self.resize
        else:
            short = self.resize or min(height, width)
            # As torchvision does: the long side is rounded down.
            wanted = (short, short * width // height) if height <= width else (short * height // width, short)
        return max(wanted[0], self.crop[0]), max(wanted[1], self.crop[1])


@dataclass(frozen=True)
class Origins:
    """Where each value of a `Preprocessing` came from, in words such as “config.json” or “default of ResNet-18”."""

    resize: str
    crop: str
    interpolation: str
    normalisation: str
