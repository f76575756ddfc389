"""Everything that the window remembers between runs: one table of keys, defaults and checks.

A stored value that is not valid is ignored, and the default is used. A key and the form of its values never change,
so that every later version of mtgui can read the settings of every earlier one.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from PySide6.QtCore import QByteArray, QSettings

from mtgui.marking.settings import MARK_KINDS, NOISE_KINDS, MarkKind, NoiseKind, proposed_preset

if TYPE_CHECKING:
    from mtgui.auditing.precision import Precision
    from mtgui.pictures.encoding import Target
    from mtgui.publishing.export_request import Conflict

T = TypeVar("T")
Theme = Literal["system", "light", "dark"]
Control = Literal["none", "segments", "list", "cores", "folders"]
MOST_RECENT = 6
"""How many recent folders and files are kept of each kind."""
AUTOMATIC = ("auto", "Automatic")


def _same(value: Any) -> object:
    return value


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One row: the key under which a value is stored, and its default.

    read: turns the stored form into a value; None if it is not valid. write: turns a value into its stored form.
    choices: pairs (value, text for people), if there are few. A row that is in the settings dialog has a control, a
    label (“&” before the letter of its shortcut) and a name for screen readers; it may have a line of help. most: how
    many items are kept, of a list of recent folders or files.
    """

    key: str
    default: T
    read: Callable[[object], T | None]
    write: Callable[[T], object] = _same
    choices: tuple[tuple[T, str], ...] = ()
    control: Control = "none"
    label: str = ""
    name: str = ""
    help: str = ""
    most: int = MOST_RECENT

    def of(self, settings: QSettings) -> T:
        """Return the value in ``settings``, or the default if there is none or it is not valid."""
        found = self.read(settings.value(self.key))
        return self.default if found is None else found

    def keep(self, settings: QSettings, value: T) -> None:
        """Store ``value`` in ``settings``."""
        settings.setValue(self.key, self.write(value))


def values_of(settings: QSettings, group: Mapping[str, Setting[Any]]) -> dict[str, Any]:
    """Return the stored value of each row in ``group``, by the name that it has there."""
    return {name: setting.of(settings) for name, setting in group.items()}


def keep_values(settings: QSettings, group: Mapping[str, Setting[Any]], thing: object) -> None:
    """Store the fields of ``thing`` that ``group`` names."""
    for name, setting in group.items():
        setting.keep(settings, getattr(thing, name))


def remember(settings: QSettings, setting: Setting[list[Path]], paths: Iterable[Path]) -> list[Path]:
    """Put ``paths`` first in the list of ``setting``, store as many of them as it keeps, and return them."""
    known = [*(path.absolute() for path in paths), *setting.of(settings)]
    kept = list(dict.fromkeys(known))[: setting.most]
    setting.keep(settings, kept)
    return kept


def device_name(value: object) -> str | None:
    """Return ``value`` if a device can have this name, such as “cuda” or “cuda:1”; else None."""
    text = _text(value)
    return text if text and re.fullmatch(r"auto|(cpu|cuda|xpu|mps)(:\d{1,3})?", text) else None


# How stored values are read. Qt returns the values themselves in the process that set them, and texts in later ones.


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int | float) else None


def _one_of(*known: T) -> Callable[[object], T | None]:
    def read(value: object) -> T | None:
        return next((one for one in known if str(one) == _text(value)), None)

    return read


def _number(value: object) -> float | None:
    try:
        number = float(_text(value) or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _rounded(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _quality(value: object) -> int | None:
    number = _rounded(value)
    return None if number is None else min(100, max(95, number))


def _flag(value: object) -> bool | None:
    return {"true": True, "false": False}.get((_text(value) or "").lower())


def _cores(value: object) -> int | None:
    text = _text(value) or ""
    return int(text) if text.isdecimal() else None


def _alpha(value: object) -> Fraction | None:
    try:
        alpha = Fraction(_text(value) or "")
    except (ValueError, ZeroDivisionError):
        return None
    return alpha if 0 < alpha < 1 else None


def _views(value: object) -> int | None:
    from mtgui.auditing.job.audit_request import VIEWS

    return next((views for views in VIEWS if str(views) == _text(value)), None)


def _passes(value: object) -> int | None:
    from mtgui.auditing.job.audit_request import PASSES as KNOWN

    return next((passes for passes in KNOWN if str(passes) == _text(value)), None)


def _precision(value: object) -> "Precision | None":
    from mtgui.auditing.precision import PRECISIONS

    return next((known for known in PRECISIONS if known == value), None)


def _geometry(value: object) -> QByteArray | None:
    return value if isinstance(value, QByteArray) else None


def _paths(value: object) -> list[Path]:
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [Path(text) for text in texts if isinstance(text, str) and Path(text).is_absolute()]


def _recent_paths(most: int) -> Callable[[object], list[Path]]:
    def read(value: object) -> list[Path]:
        return _paths(value)[:most]

    return read


def _as_texts(paths: list[Path]) -> object:
    return [str(path) for path in paths]


def _recent(key: str, most: int = MOST_RECENT) -> Setting[list[Path]]:
    return Setting(key, [], _recent_paths(most), _as_texts, most=most)


# The table.

_MARK = proposed_preset(publishes_all=False).mark

THEME: Setting[Theme] = Setting(
    "window/theme",
    "system",
    _one_of("system", "light", "dark"),
    choices=(("system", "As the system"), ("light", "Light"), ("dark", "Dark")),
    control="segments",
    label="Colours",
    name="Colours",
)
TEXT_SIZE: Setting[str] = Setting(
    "window/text_size",
    "system",
    _one_of("system", "85", "100", "115", "130", "150"),
    choices=(
        ("system", "As the system"),
        ("85", "85 %"),
        ("100", "100 %"),
        ("115", "115 %"),
        ("130", "130 %"),
        ("150", "150 %"),
    ),
    control="list",
    label="&Text size",
    name="Text size, from the next start on",
)
GEOMETRY: Setting[QByteArray] = Setting("window/geometry", QByteArray(), _geometry)
PAGE: Setting[str] = Setting("window/page", "", _text)

BLEND_RATIO: Setting[float] = Setting("mark/blend_ratio", _MARK.blend_ratio, _number)
NOISE_BUDGET: Setting[int] = Setting("mark/noise_budget", _MARK.noise_budget, _rounded)
MARK_KIND: Setting[MarkKind] = Setting("mark/kind", _MARK.kind, _one_of(*MARK_KINDS))
TINT_STRENGTH: Setting[float] = Setting("mark/tint_strength", _MARK.tint_strength, _number)
TINT_IS_COLOURED: Setting[bool] = Setting("mark/tint_is_coloured", _MARK.tint_is_coloured, _flag)
ALL_GO_OUT: Setting[bool] = Setting("mark/all_go_out", False, _flag)
NOISE_KIND: Setting[NoiseKind] = Setting("mark/noise_kind", _MARK.noise_kind, _one_of(*NOISE_KINDS))
COMPARE_MODE: Setting[str] = Setting("mark/mode", "side", _one_of("side", "split", "flip", "difference"))
MARK_FOLDERS = _recent("mark/recent_folders")

EXPORT_FORMAT: "Setting[Target]" = Setting(
    "export/format",
    "keep",
    _one_of("keep", "png", "jpeg", "webp", "tiff"),
    choices=(
        ("keep", "As each original"),
        ("png", "PNG (lossless)"),
        ("jpeg", "JPEG"),
        ("webp", "WebP"),
        ("tiff", "TIFF (lossless)"),
    ),
)
EXPORT_QUALITY: Setting[int] = Setting("export/quality", 95, _quality)
REMOVE_GPS: Setting[bool] = Setting("export/remove_gps", True, _flag)
FORBID_TRAINING: Setting[bool] = Setting("export/forbid_training", True, _flag)
EMBED_COMMITMENT: Setting[bool] = Setting("export/embed_commitment", False, _flag)
# “Overwrite” is stored but never read back, so that no later export overwrites files by default.
ON_CONFLICT: "Setting[Conflict]" = Setting(
    "export/on_conflict",
    "rename",
    _one_of("rename", "skip"),
    choices=(
        ("rename", "Write under a new name"),
        ("skip", "Leave the file there"),
        ("overwrite", "Overwrite the file there"),
    ),
)

ALPHA: Setting[Fraction] = Setting("audit/alpha", Fraction(1, 100), _alpha, str)
VIEWS: Setting[int] = Setting("audit/views", 1, _views, str)
PRECISION: "Setting[Precision]" = Setting("audit/precision", "float32", _precision)
AUDIT_MODELS = _recent("audit/recent_models")
AUDIT_RECORDS = _recent("audit/recent_records")
AUDIT_FOLDERS = _recent("audit/recent_folders")
BASE_FOLDERS = _recent("audit/base_folders", most=20)
PASSES: Setting[int] = Setting("audit/passes", 12, _passes, str)
DEVICE: Setting[str] = Setting(
    "audit/device",
    "auto",
    device_name,
    choices=(
        AUTOMATIC,
        ("cpu", "Processor (CPU)"),
        ("cuda", "NVIDIA or AMD graphics"),
        ("xpu", "Intel graphics"),
        ("mps", "Apple graphics"),
    ),
    control="list",
    label="&Device",
    name="Device for audits",
)
THREADS: Setting[int] = Setting(
    "engine/threads",
    0,
    _cores,
    str,
    control="cores",
    label="&Processor cores",
    name="Processor cores for audits",
)
ORIGINALS: Setting[list[Path]] = Setting(
    "folders/originals",
    [],
    _paths,
    _as_texts,
    control="folders",
    label="Ori&ginals",
    name="Folders with originals",
    help="Audits look for originals beside the record, then here.",
)

REHEARSAL: Setting[str] = Setting("rehearse/choices", "", _text)

SETTINGS: tuple[Setting[Any], ...] = (
    THEME,
    TEXT_SIZE,
    GEOMETRY,
    PAGE,
    BLEND_RATIO,
    NOISE_BUDGET,
    MARK_KIND,
    TINT_STRENGTH,
    TINT_IS_COLOURED,
    ALL_GO_OUT,
    NOISE_KIND,
    COMPARE_MODE,
    MARK_FOLDERS,
    EXPORT_FORMAT,
    EXPORT_QUALITY,
    REMOVE_GPS,
    FORBID_TRAINING,
    EMBED_COMMITMENT,
    ON_CONFLICT,
    ALPHA,
    VIEWS,
    PRECISION,
    AUDIT_MODELS,
    AUDIT_RECORDS,
    AUDIT_FOLDERS,
    BASE_FOLDERS,
    PASSES,
    DEVICE,
    THREADS,
    ORIGINALS,
    REHEARSAL,
)
"""All rows. The settings dialog shows those with a control, in this order."""


# Values that several pages need.


def engine_threads(settings: QSettings) -> int | None:
    """Return how many cores the engine may use at most; None for all."""
    return THREADS.of(settings) or None


def folders_with_originals(settings: QSettings) -> list[Path]:
    """Return folders that may hold originals: those that the person chose, then those that pictures were added from."""
    named = [path for setting in (AUDIT_FOLDERS, ORIGINALS, MARK_FOLDERS) for path in setting.of(settings)]
    return list(dict.fromkeys(named))
