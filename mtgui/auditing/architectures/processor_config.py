"""Reads how transformers' image processors prepare pictures, from preprocessor_config.json."""

import math
from typing import Literal

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.preprocessing import LARGEST_SIDE, Interpolation
from mtgui.reading.errors import quoted
from mtgui.reading.hints import SettingError, Settings

_RESAMPLING: dict[int, Interpolation] = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box"}
"""Pillow's numbers of interpolations, which preprocessor_config.json uses."""
_SQUARE = ("ViT", "DeiT", "Beit", "EfficientNet", "Pvt", "Segformer")
"""For these processors, a size of one number means a square; for the others it means the short side."""
_CONVNEXT, _LEVIT, _POOLFORMER, _MOBILEVIT, _EFFICIENTNET = (
    "ConvNext",
    "Levit",
    "PoolFormer",
    "MobileViT",
    "EfficientNet",
)
"""Beginnings of the names of processors with rules of their own."""
_WARPED_FROM = 384
_USUAL_PART = 224 / 256
_Resize = int | tuple[int, int] | Literal["none"] | None
_Crop = tuple[int, int] | None
_Scale = tuple[float, float, float] | None


def processor_hint(settings: Settings) -> PreprocessingHint:
    """Return the preprocessing in transformers' preprocessor_config.json. Raises SettingError."""
    resize, crop = _processor_sizes(settings)
    resample = settings.number("resample")
    if resample is not None and resample not in _RESAMPLING:
        raise unknown_setting(settings, "resample")
    mean, std = _scale(settings)
    flips = settings.flag("do_flip_channel_order")
    if flips is None and _kind(settings).startswith(_MOBILEVIT):
        flips = True
    return PreprocessingHint(
        origin=settings.file,
        resize="none" if settings.flag("do_resize") is False else resize,
        crop=crop,
        interpolation=None if resample is None else _RESAMPLING[int(resample)],
        mean=mean,
        std=std,
        channels=None if flips is None else "BGR" if flips else "RGB",
    )


def _kind(settings: Settings) -> str:
    """Return the name of the processor's class; empty if the file does not say it."""
    return settings.text("image_processor_type") or settings.text("feature_extractor_type") or ""


def _processor_sizes(settings: Settings) -> tuple[_Resize, _Crop]:
    kind = _kind(settings)
    whole, short = settings.values.get("size"), settings.whole("size.shortest_edge", LARGEST_SIDE)
    if whole is not None and not isinstance(whole, tuple):
        number = settings.whole("size", LARGEST_SIDE)
        if not kind.startswith(_SQUARE):
            short = number
        resize: _Resize = (number, number) if number is not None and kind.startswith(_SQUARE) else short
    elif short is not None:
        resize = short
    else:
        resize = _pair(settings, "size")
    if kind.startswith(_LEVIT) and isinstance(resize, int):
        resize = int(256 / 224 * resize)
    if kind.startswith(_POOLFORMER):
        resize = _enlarged(settings, resize)
    elif kind.startswith(_CONVNEXT) or settings.number("crop_pct") is not None:
        return _convnext_sizes(settings, resize)
    wants_crop = settings.flag("do_center_crop")
    if wants_crop is None:
        # ViT's processor never crops, even if an old file has a crop size.
        wants_crop = not kind.startswith("ViT") and any(name.startswith("crop_size") for name in settings.values)
    if wants_crop:
        is_number = isinstance(settings.values.get("crop_size"), int)
        side = settings.whole("crop_size", LARGEST_SIDE) if is_number else None
        return resize, (side, side) if side is not None else _pair(settings, "crop_size")
    return resize, (resize, resize) if isinstance(resize, int) else resize if isinstance(resize, tuple) else None


def _convnext_sizes(settings: Settings, resize: _Resize) -> tuple[_Resize, _Crop]:
    """Return resizing and crop by the rule of ConvNeXt's processor: small sizes are cropped, large ones stretched."""
    side = resize if isinstance(resize, int) else resize[0] if isinstance(resize, tuple) else None
    if side is None:
        return None, None
    if side >= _WARPED_FROM:
        return (side, side), (side, side)
    return int(side / (_part(settings) or _USUAL_PART)), (side, side)


def _enlarged(settings: Settings, resize: _Resize) -> _Resize:
    """Return the size before the crop by the rule of PoolFormer's processor: the crop is a share of it."""
    part = _part(settings)
    if part is None or not isinstance(resize, int | tuple):
        return resize
    if isinstance(resize, int) or resize[0] == resize[1]:
        return int((resize if isinstance(resize, int) else resize[0]) / part)
    return int(resize[0] / part), int(resize[1] / part)


def _part(settings: Settings) -> float | None:
    part = settings.number("crop_pct")
    if part is not None and not 0.1 <= part <= 1:
        raise unknown_setting(settings, "crop_pct")
    return part


def _scale(settings: Settings) -> tuple[_Scale, _Scale]:
    """Return mean and standard deviation for pixels from 0 to 1, converted from the scale of the file."""
    factor = settings.number("rescale_factor")
    if settings.flag("do_rescale") is False:
        factor = 1.0
    if (factor is not None and factor <= 0) or settings.flag("rescale_offset"):
        raise unknown_setting(settings, "rescale_offset" if settings.flag("rescale_offset") else "rescale_factor")
    mean, std = three(settings, "image_mean"), three(settings, "image_std")
    normalises, kind = settings.flag("do_normalize"), _kind(settings)
    if kind.startswith(_EFFICIENTNET) and settings.flag("include_top") is not False and std is not None:
        # This processor divides by the deviation once more for networks with a classifier.
        mean, std = (mean, _squared(std)) if normalises is not False else ((0.0, 0.0, 0.0), std)
    elif normalises is False or kind.startswith(_MOBILEVIT):
        mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    scale = 1.0 if factor is None or math.isclose(factor * 255, 1, rel_tol=1e-6) else 255 * factor
    return _divided(mean, scale), _divided(std, scale)


def _squared(values: tuple[float, float, float]) -> tuple[float, float, float]:
    return values[0] ** 2, values[1] ** 2, values[2] ** 2


def _divided(values: _Scale, scale: float) -> _Scale:
    return None if values is None else (values[0] / scale, values[1] / scale, values[2] / scale)


def _pair(settings: Settings, name: str) -> tuple[int, int] | None:
    height, width = (settings.whole(f"{name}.{side}", LARGEST_SIDE) for side in ("height", "width"))
    return None if height is None or width is None else (height, width)


def three(settings: Settings, name: str) -> tuple[float, float, float] | None:
    """Return the three numbers of the setting ``name``, or None where it is not set. Raises SettingError."""
    values = settings.numbers(name)
    if values is None:
        return None
    if len(values) != 3:
        raise unknown_setting(settings, name)
    return values[0], values[1], values[2]


def unknown_setting(settings: Settings, name: str) -> SettingError:
    """Return the error for a setting ``name`` that mtgui cannot follow."""
    return SettingError(
        f"{settings.place} says {quoted(name)} is {quoted(settings.values.get(name))}, which mtgui "
        "cannot follow; say how pictures are prepared by hand, or move that file away to go by the defaults."
    )
