"""What the Mark page remembers from one start to the next."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QSettings

from mtgui.common.errors import MtguiError
from mtgui.desktop.mark.export_plan import CONFLICTS, FORMATS, ExportPlan
from mtgui.desktop.mark.mark_choices import DEFAULT, MarkChoices
from mtgui.marking.settings import NOISE_KINDS, MarkSettings

T = TypeVar("T")
KEPT_FOLDERS = 6


class MarkMemory:
    """Reads and writes a QSettings; whatever it finds there that makes no sense is passed over."""

    def __init__(self, settings: QSettings) -> None:
        """Remember in ``settings``."""
        self._settings = settings

    def choices(self) -> MarkChoices:
        """Return the choices of last time. Pins and the number to publish belong to pictures, and start anew."""
        usual = DEFAULT.settings
        kind = self._text("mark/noise_kind", usual.noise_kind)
        try:
            settings = MarkSettings(
                blend_ratio=self._number("mark/blend_ratio", usual.blend_ratio),
                noise_budget=round(self._number("mark/noise_budget", usual.noise_budget)),
                noise_kind=next((known for known in NOISE_KINDS if known == kind), usual.noise_kind),
            )
        except (MtguiError, ValueError, OverflowError):
            settings = usual
        return replace(DEFAULT, settings=settings)

    def keep_choices(self, choices: MarkChoices) -> None:
        """Remember ``choices``."""
        self._settings.setValue("mark/blend_ratio", choices.settings.blend_ratio)
        self._settings.setValue("mark/noise_budget", choices.settings.noise_budget)
        self._settings.setValue("mark/noise_kind", choices.settings.noise_kind)

    def mode(self) -> str:
        """Return how pictures were compared last."""
        mode = self._text("mark/mode", "side")
        return mode if mode in ("side", "split", "difference") else "side"

    def keep_mode(self, mode: str) -> None:
        """Remember how pictures are compared."""
        self._settings.setValue("mark/mode", mode)

    def plan(self, out: Path, record: Path) -> ExportPlan:
        """Return the plan of last time, for other places."""
        form, conflict = self._text("export/format", "keep"), self._text("export/on_conflict", "rename")
        usual = ExportPlan(out, record)
        return replace(
            usual,
            format=next((known for known, _ in FORMATS if known == form), usual.format),
            quality=min(100, max(95, round(self._number("export/quality", 95)))),
            remove_gps=self._flag("export/remove_gps", usual.remove_gps),
            forbid_training=self._flag("export/forbid_training", usual.forbid_training),
            embed_commitment=self._flag("export/embed_commitment", usual.embed_commitment),
            on_conflict=next((k for k, _ in CONFLICTS if k == conflict and k != "overwrite"), usual.on_conflict),
        )

    def keep_plan(self, plan: ExportPlan) -> None:
        """Remember how copies are written."""
        for name in ("format", "quality", "remove_gps", "forbid_training", "embed_commitment", "on_conflict"):
            self._settings.setValue(f"export/{name}", getattr(plan, name))

    def recent_folders(self) -> list[Path]:
        """Return folders that pictures were added from, newest first."""
        value = self._settings.value("mark/recent_folders", [])
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(text) for text in texts if isinstance(text, str) and Path(text).is_absolute()][:KEPT_FOLDERS]

    def remember_folders(self, folders: list[Path]) -> list[Path]:
        """Put ``folders`` before the others; return them all."""
        known = [*reversed([folder.absolute() for folder in folders]), *self.recent_folders()]
        kept = list(dict.fromkeys(known))[:KEPT_FOLDERS]
        self._settings.setValue("mark/recent_folders", [str(folder) for folder in kept])
        return kept

    def _text(self, key: str, usual: str) -> str:
        value = self._settings.value(key, usual)
        return str(value) if isinstance(value, str | int | float | bool) else usual

    def _number(self, key: str, usual: float) -> float:
        try:
            value = float(self._text(key, str(usual)))
        except ValueError:
            return usual
        return value if math.isfinite(value) else usual

    def _flag(self, key: str, usual: bool) -> bool:
        text = self._text(key, str(usual)).lower()
        return text == "true" if text in ("true", "false") else usual
