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
    """The steps from upright 8-bit RGB to the model's input.

    resize: short side in pixels, or exact (height, width), or None for no resizing if the crop fits.
    crop: (height, width) cut from the middle, which is the model's input size. interpolation: method of resizing,
    always with Pillow's antialiasing. mean, std: of each channel, after scaling to 0–1. channels: the model's order of
    red, green and blue.
    """

    resize: int | tuple[int, int] | None = 256
    crop: tuple[int, int] = (224, 224)
    interpolation: Interpolation = "bilinear"
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    channels: Literal["RGB", "BGR"] = "RGB"

    def __post_init__(self) -> None:
        """Raise UsageError if a value is impossible."""
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
        """Return the (height, width) to which a picture of ``height`` × ``width`` pixels is resized before the crop.

        It is never smaller than the crop.
        """
        if isinstance(self.resize, tuple):
            wanted = self.resize
        else:
            short = self.resize or min(height, width)
            # The long side is rounded down, as in torchvision.
            wanted = (short, short * width // height) if height <= width else (short * height // width, short)
        return max(wanted[0], self.crop[0]), max(wanted[1], self.crop[1])


@dataclass(frozen=True)
class Origins:
    """The source of each value of a `Preprocessing`, in words such as “config.json” or “default of ResNet-18”."""

    resize: str
    crop: str
    interpolation: str
    normalisation: str
