"""What the Audit page remembers between runs of the program."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from mtgui.desktop import settings as table
from mtgui.desktop.audit.run_step import RunChoices

_RUN: dict[str, table.Setting[Any]] = {
    "alpha": table.ALPHA,
    "views": table.VIEWS,
    "device": table.DEVICE,
    "precision": table.PRECISION,
    "passes": table.PASSES,
}
_RECENT = {
    "models": table.AUDIT_MODELS,
    "records": table.AUDIT_RECORDS,
    "folders": table.AUDIT_FOLDERS,
    "bases": table.BASE_FOLDERS,
}


class AuditMemory:
    """Reads and writes the rows of the table of settings that belong to audits."""

    def __init__(self, settings: QSettings) -> None:
        """Remember in ``settings``."""
        self._settings = settings

    def choices(self) -> RunChoices:
        """Return the settings of the last audit. The number of decoy keys depends on the record and is not stored."""
        return RunChoices(**table.values_of(self._settings, _RUN))

    def keep_choices(self, choices: RunChoices) -> None:
        """Store ``choices``."""
        table.keep_values(self._settings, _RUN, choices)

    def recent(self, what: str) -> list[Path]:
        """Return the paths that were used last, newest first.

        ``what``: “models”, “records”, “folders” with originals, or “bases”: folders with models.
        """
        return _RECENT[what].of(self._settings)

    def remember(self, what: str, *paths: Path) -> list[Path]:
        """Put ``paths`` first in the list of their kind; return the list."""
        return table.remember(self._settings, _RECENT[what], paths)

    def folders(self) -> list[Path]:
        """Return folders that may hold originals: those that the person chose, then those of marked pictures."""
        return table.folders_with_originals(self._settings)
