"""Reads the preprocessing of pictures from the settings that model hubs put beside the weights."""

import math
from dataclasses import dataclass

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.architectures.processor_config import processor_hint, three, unknown_setting
from mtgui.auditing.preprocessing import INTERPOLATIONS, LARGEST_SIDE
from mtgui.reading.hints import Hints as SideHints
from mtgui.reading.hints import Settings


@dataclass(frozen=True)
class TimmNames:
    """Full names of timm's settings: in an object of their own, or at the top in older files."""

    settings: Settings

    def __call__(self, name: str) -> str:
        """Return the full name of ``name``."""
        inner = f"pretrained_cfg.{name}"
        return inner if inner in self.settings.values else name


def hub_preprocessing(side: SideHints) -> tuple[PreprocessingHint, ...]:
    """Return the preprocessing in the settings ``side``. Raises SettingError."""
    hints = [processor_hint(side.processor)] if side.processor.values else []
    return (*hints, timm_hint(side.config)) if is_timm(side.config) else tuple(hints)


def is_timm(config: Settings) -> bool:
    """True when a config.json is one of timm's."""
    return isinstance(config.values.get("architecture"), str)


def timm_hint(settings: Settings) -> PreprocessingHint:
    """Return the preprocessing in timm's config.json. Raises SettingError."""
    place = TimmNames(settings)
    size = settings.wholes(place("input_size"), LARGEST_SIDE)
    crop = None
    if size is not None:
        if len(size) != 3 or size[0] != 3:
            raise unknown_setting(settings, place("input_size"))
        crop = size[1:]
    mode = settings.text(place("crop_mode")) or "center"
    if mode not in ("center", "squash"):
        raise unknown_setting(settings, place("crop_mode"))
    part = settings.number(place("crop_pct"))
    interpolation = settings.text(place("interpolation"))
    known = next((name for name in INTERPOLATIONS if name == interpolation), None)
    if interpolation is not None and known is None:
        raise unknown_setting(settings, place("interpolation"))
    return PreprocessingHint(
        origin=settings.origin,
        resize=None if crop is None or part is None else timm_resize((crop[0], crop[1]), part, mode, settings),
        crop=None if crop is None else (crop[0], crop[1]),
        interpolation=known,
        mean=three(settings, place("mean")),
        std=three(settings, place("std")),
    )


def timm_resize(crop: tuple[int, int], part: float, mode: str, settings: Settings) -> int | tuple[int, int]:
    """Return timm's size before a crop, the short side or (height, width); the crop is the share ``part`` of it.

    Raises SettingError.
    """
    if not 0.1 <= part <= 2:
        raise unknown_setting(settings, TimmNames(settings)("crop_pct"))
    scaled = math.floor(crop[0] / part), math.floor(crop[1] / part)
    return scaled if mode == "squash" or crop[0] != crop[1] else scaled[0]
