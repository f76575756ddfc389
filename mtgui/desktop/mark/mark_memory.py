"""What the Mark page remembers between runs of the program."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from mtgui.common.errors import MtguiError
from mtgui.desktop import settings as table
from mtgui.desktop.mark.export_plan import ExportPlan
from mtgui.desktop.mark.mark_choices import DEFAULT, MarkChoices
from mtgui.marking.settings import MarkSettings, preset_of

_LOOK: dict[str, table.Setting[Any]] = {
    "blend_ratio": table.BLEND_RATIO,
    "noise_budget": table.NOISE_BUDGET,
    "noise_kind": table.NOISE_KIND,
    "kind": table.MARK_KIND,
    "tint_strength": table.TINT_STRENGTH,
    "tint_is_coloured": table.TINT_IS_COLOURED,
}
_PLAN: dict[str, table.Setting[Any]] = {
    "format": table.EXPORT_FORMAT,
    "quality": table.EXPORT_QUALITY,
    "remove_gps": table.REMOVE_GPS,
    "forbid_training": table.FORBID_TRAINING,
    "embed_commitment": table.EMBED_COMMITMENT,
    "on_conflict": table.ON_CONFLICT,
}


class MarkMemory:
    """Reads and writes the rows of the table of settings that belong to marking."""

    def __init__(self, settings: QSettings) -> None:
        """Remember in ``settings``."""
        self._settings = settings

    def choices(self) -> MarkChoices:
        """Return the stored choices. Pins and the number to publish depend on the pictures and are not stored."""
        try:
            settings = MarkSettings(**table.values_of(self._settings, _LOOK))
        except MtguiError:
            return DEFAULT
        proposed = DEFAULT.with_all_out(table.ALL_GO_OUT.of(self._settings))
        is_proposed = preset_of(settings) == proposed.preset
        return proposed if is_proposed else replace(proposed, settings=settings, mark_is_chosen=True)

    def keep_choices(self, choices: MarkChoices) -> None:
        """Store ``choices``."""
        table.keep_values(self._settings, _LOOK, choices.settings)
        table.ALL_GO_OUT.keep(self._settings, choices.all_go_out)

    def mode(self) -> str:
        """Return the stored way of comparing pictures."""
        return table.COMPARE_MODE.of(self._settings)

    def keep_mode(self, mode: str) -> None:
        """Store how pictures are compared."""
        table.COMPARE_MODE.keep(self._settings, mode)

    def plan(self, out: Path, record: Path) -> ExportPlan:
        """Return the stored plan, with this folder and this record."""
        return ExportPlan(out, record, **table.values_of(self._settings, _PLAN))

    def keep_plan(self, plan: ExportPlan) -> None:
        """Store how copies are written."""
        table.keep_values(self._settings, _PLAN, plan)

    def recent_folders(self) -> list[Path]:
        """Return folders that pictures were added from, newest first."""
        return table.MARK_FOLDERS.of(self._settings)

    def remember_folders(self, folders: list[Path]) -> list[Path]:
        """Put ``folders`` first in the list; return the list."""
        return table.remember(self._settings, table.MARK_FOLDERS, reversed(folders))
