"""What the Mark page remembers between runs of the program."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSettings

from mtgui.common.errors import MtguiError
from mtgui.desktop import settings as table
from mtgui.desktop.mark.export_plan import ExportPlan
from mtgui.desktop.mark.mark_choices import DEFAULT, MarkChoices
from mtgui.marking.settings import MarkSettings


class MarkMemory:
    """Reads and writes the rows of the table of settings that belong to marking."""

    def __init__(self, settings: QSettings) -> None:
        """Remember in ``settings``."""
        self._settings = settings

    def choices(self) -> MarkChoices:
        """Return the stored choices. Pins and the number to publish depend on the pictures and are not stored."""
        kept = self._settings
        try:
            settings = MarkSettings(
                blend_ratio=table.BLEND_RATIO.of(kept),
                noise_budget=table.NOISE_BUDGET.of(kept),
                noise_kind=table.NOISE_KIND.of(kept),
            )
        except MtguiError:
            return DEFAULT
        return replace(DEFAULT, settings=settings)

    def keep_choices(self, choices: MarkChoices) -> None:
        """Store ``choices``."""
        table.BLEND_RATIO.keep(self._settings, choices.settings.blend_ratio)
        table.NOISE_BUDGET.keep(self._settings, choices.settings.noise_budget)
        table.NOISE_KIND.keep(self._settings, choices.settings.noise_kind)

    def mode(self) -> str:
        """Return the stored way of comparing pictures."""
        return table.COMPARE_MODE.of(self._settings)

    def keep_mode(self, mode: str) -> None:
        """Store how pictures are compared."""
        table.COMPARE_MODE.keep(self._settings, mode)

    def plan(self, out: Path, record: Path) -> ExportPlan:
        """Return the stored plan, with this folder and this record."""
        kept = self._settings
        return ExportPlan(
            out,
            record,
            format=table.EXPORT_FORMAT.of(kept),
            quality=table.EXPORT_QUALITY.of(kept),
            remove_gps=table.REMOVE_GPS.of(kept),
            forbid_training=table.FORBID_TRAINING.of(kept),
            embed_commitment=table.EMBED_COMMITMENT.of(kept),
            on_conflict=table.ON_CONFLICT.of(kept),
        )

    def keep_plan(self, plan: ExportPlan) -> None:
        """Store how copies are written."""
        table.EXPORT_FORMAT.keep(self._settings, plan.format)
        table.EXPORT_QUALITY.keep(self._settings, plan.quality)
        table.REMOVE_GPS.keep(self._settings, plan.remove_gps)
        table.FORBID_TRAINING.keep(self._settings, plan.forbid_training)
        table.EMBED_COMMITMENT.keep(self._settings, plan.embed_commitment)
        table.ON_CONFLICT.keep(self._settings, plan.on_conflict)

    def recent_folders(self) -> list[Path]:
        """Return folders that pictures were added from, newest first."""
        return table.MARK_FOLDERS.of(self._settings)

    def remember_folders(self, folders: list[Path]) -> list[Path]:
        """Put ``folders`` first in the list; return the list."""
        return table.remember(self._settings, table.MARK_FOLDERS, reversed(folders))
