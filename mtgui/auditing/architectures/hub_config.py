"""Reads the preprocessing of pictures from the settings that model hubs put beside the weights."""

import math
from dataclasses import dataclass
from typing import Literal

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.preprocessing import INTERPOLATIONS, LARGEST_SIDE, Interpolation
from mtgui.reading.errors import quoted
from mtgui.reading.hints import Hints as SideHints
from mtgui.reading.hints import SettingError, Settings

_RESAMPLING: dict[int, Interpolation] = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box"}
"""Pillow's numbers of interpolations, which preprocessor_config.json uses."""
_SQUARE = ("ViT", "DeiT", "Beit", "EfficientNet")
"""For these processors, a size of one number means a square; for the others it means the short side."""
_CONVNEXT = "ConvNext"
_WARPED_FROM = 384
_USUAL_PART = 224 / 256
_Resize = int | tuple[int, int] | Literal["none"] | None
_Crop = tuple[int, int] | None


@dataclass(frozen=True)
class TimmNames:
    """Full names of timm's settings: in an object of their own, or at the top in older files."""

    settings: Settings

    def __call__(self, name: str) -> str:
        """Return the full name of ``name``."""
        inner = f"pretrained_cfg.{name}"
        return inner if inner in self.settings.values else name


def hub_preprocessing(side: SideHints) -> tuple[tuple[PreprocessingHint, ...], tuple[str, ...]]:
    """Return the preprocessing in the settings ``side``, and notes on what was not followed. Raises SettingError."""
    hints, notes = [], []
    if side.processor.values:
        hints.append(processor_hint(side.processor))
        if side.processor.flag("do_flip_channel_order"):
            notes.append(f"“{side.processor.file}” asks for blue before red, which was not followed.")
    if is_timm(side.config):
        hints.append(timm_hint(side.config))
    return tuple(hints), tuple(notes)


def is_timm(config: Settings) -> bool:
    """True when a config.json is one of timm's."""
    return isinstance(config.values.get("architecture"), str)


def processor_hint(settings: Settings) -> PreprocessingHint:
    """Return the preprocessing in transformers' preprocessor_config.json. Raises SettingError."""
    resize, crop = _processor_sizes(settings)
    resample = settings.number("resample")
    if resample is not None and resample not in _RESAMPLING:
        raise _unknown(settings, "resample")
    mean, std = _scale(settings)
    return PreprocessingHint(
        origin=settings.file,
        resize="none" if settings.flag("do_resize") is False else resize,
        crop=crop,
        interpolation=None if resample is None else _RESAMPLING[int(resample)],
        mean=mean,
        std=std,
    )


def timm_hint(settings: Settings) -> PreprocessingHint:
    """Return the preprocessing in timm's config.json. Raises SettingError."""
    place = TimmNames(settings)
    size = settings.wholes(place("input_size"), LARGEST_SIDE)
    crop = None
    if size is not None:
        if len(size) != 3 or size[0] != 3:
            raise _unknown(settings, place("input_size"))
        crop = size[1:]
    mode = settings.text(place("crop_mode")) or "center"
    if mode not in ("center", "squash"):
        raise _unknown(settings, place("crop_mode"))
    part = settings.number(place("crop_pct"))
    interpolation = settings.text(place("interpolation"))
    known = next((name for name in INTERPOLATIONS if name == interpolation), None)
    if interpolation is not None and known is None:
        raise _unknown(settings, place("interpolation"))
    return PreprocessingHint(
        origin=settings.file,
        resize=None if crop is None or part is None else timm_resize((crop[0], crop[1]), part, mode, settings),
        crop=None if crop is None else (crop[0], crop[1]),
        interpolation=known,
        mean=_three(settings, place("mean")),
        std=_three(settings, place("std")),
    )


def timm_resize(crop: tuple[int, int], part: float, mode: str, settings: Settings) -> int | tuple[int, int]:
    """Return timm's size before a crop, the short side or (height, width); the crop is the share ``part`` of it.

    Raises SettingError.
    """
    if not 0.1 <= part <= 2:
        raise _unknown(settings, TimmNames(settings)("crop_pct"))
    scaled = math.floor(crop[0] / part), math.floor(crop[1] / part)
    return scaled if mode == "squash" or crop[0] != crop[1] else scaled[0]


def _processor_sizes(settings: Settings) -> tuple[_Resize, _Crop]:
    kind = settings.text("image_processor_type") or settings.text("feature_extractor_type") or ""
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
    if kind.startswith(_CONVNEXT) or settings.number("crop_pct") is not None:
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
    part = settings.number("crop_pct")
    if part is not None and not 0.1 <= part <= 1:
        raise _unknown(settings, "crop_pct")
    return int(side / (part or _USUAL_PART)), (side, side)


def _scale(settings: Settings) -> tuple[tuple[float, float, float] | None, tuple[float, float, float] | None]:
    """Return mean and standard deviation for pixels from 0 to 1, converted from the scale of the file."""
    factor = settings.number("rescale_factor")
    if settings.flag("do_rescale") is False:
        factor = 1.0
    if (factor is not None and factor <= 0) or settings.flag("rescale_offset"):
        raise _unknown(settings, "rescale_offset" if settings.flag("rescale_offset") else "rescale_factor")
    mean, std = _three(settings, "image_mean"), _three(settings, "image_std")
    if settings.flag("do_normalize") is False:
        mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    scale = 1.0 if factor is None or math.isclose(factor * 255, 1, rel_tol=1e-6) else 255 * factor
    return _divided(mean, scale), _divided(std, scale)


def _divided(values: tuple[float, float, float] | None, scale: float) -> tuple[float, float, float] | None:
    return None if values is None else (values[0] / scale, values[1] / scale, values[2] / scale)


def _pair(settings: Settings, name: str) -> tuple[int, int] | None:
    height, width = (settings.whole(f"{name}.{side}", LARGEST_SIDE) for side in ("height", "width"))
    return None if height is None or width is None else (height, width)


def _three(settings: Settings, name: str) -> tuple[float, float, float] | None:
    values = settings.numbers(name)
    if values is None:
        return None
    if len(values) != 3:
        raise _unknown(settings, name)
    return values[0], values[1], values[2]


def _unknown(settings: Settings, name: str) -> SettingError:
    return SettingError(
        f"“{settings.file}” beside the weights says {quoted(name)} is {quoted(settings.values.get(name))}, which mtgui "
        "cannot follow; say how pictures are prepared by hand, or move that file away to go by the defaults."
    )
