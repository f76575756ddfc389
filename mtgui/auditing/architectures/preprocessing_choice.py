"""Preprocessing from several sources: a person's choice, then files beside the model, then the default."""

from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.preprocessing import Origins, Preprocessing

Value = TypeVar("Value")
_Resize = int | tuple[int, int] | Literal["none"]


def resolve(
    default: Preprocessing, default_origin: str, hints: Sequence[PreprocessingHint]
) -> tuple[Preprocessing, Origins]:
    """Return each value from the first of ``hints`` that has it, else from ``default``; and the source of each value.

    If only the crop is known, the default's resizing changes in proportion. Raises UsageError for impossible values.
    """
    crop, crop_origin = _first(((hint.crop, hint.origin) for hint in hints), default.crop, default_origin)
    wanted, wanted_origin = _proportional(default, default_origin, crop)
    resize, resize_origin = _first(((hint.resize, hint.origin) for hint in hints), wanted, wanted_origin)
    interpolation, interpolation_origin = _first(
        ((hint.interpolation, hint.origin) for hint in hints), default.interpolation, default_origin
    )
    mean, mean_origin = _first(((hint.mean, hint.origin) for hint in hints), default.mean, default_origin)
    std, std_origin = _first(((hint.std, hint.origin) for hint in hints), default.std, default_origin)
    preprocessing = Preprocessing(
        resize=None if resize == "none" else resize,
        crop=crop,
        interpolation=interpolation,
        mean=mean,
        std=std,
        channels=next((hint.channels for hint in hints if hint.channels is not None), default.channels),
    )
    scale = mean_origin if mean_origin == std_origin else f"mean: {mean_origin}; standard deviation: {std_origin}"
    return preprocessing, Origins(resize_origin, crop_origin, interpolation_origin, scale)


def _first(sources: Iterable[tuple[Value | None, str]], default: Value, origin: str) -> tuple[Value, str]:
    return next(((value, name) for value, name in sources if value is not None), (default, origin))


def _proportional(default: Preprocessing, origin: str, crop: tuple[int, int]) -> tuple[_Resize, str]:
    if default.resize is None or crop == default.crop:
        return default.resize or "none", origin
    said = f"in proportion to {origin}"
    if isinstance(default.resize, int):
        return round(default.resize * min(crop) / min(default.crop)), said
    height, width = (round(r * c / d) for r, c, d in zip(default.resize, crop, default.crop, strict=True))
    return (height, width), said
