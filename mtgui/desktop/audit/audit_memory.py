"""What the Audit page remembers from one start to the next."""

from pathlib import Path

from PySide6.QtCore import QSettings

from mtgui.desktop import settings as table
from mtgui.desktop.audit.run_step import RunChoices

_RECENT = {"models": table.AUDIT_MODELS, "records": table.AUDIT_RECORDS, "folders": table.AUDIT_FOLDERS}


class AuditMemory:
    """Reads and writes the rows of the table of settings that belong to audits."""

    def __init__(self, settings: QSettings) -> None:
        """Remember in ``settings``."""
        self._settings = settings

    def choices(self) -> RunChoices:
        """Return the settings of the last run; decoy keys belong to a record, and are not kept."""
        kept = self._settings
        return RunChoices(
            alpha=table.ALPHA.of(kept),
            views=table.VIEWS.of(kept),
            device=table.DEVICE.of(kept),
            precision=table.PRECISION.of(kept),
        )

    def keep_choices(self, choices: RunChoices) -> None:
        """Remember ``choices``."""
        table.ALPHA.keep(self._settings, choices.alpha)
        table.VIEWS.keep(self._settings, choices.views)
        table.DEVICE.keep(self._settings, choices.device)
        table.PRECISION.keep(self._settings, choices.precision)

    def recent(self, what: str) -> list[Path]:
        """Return the ``what`` (“models”, “records” or “folders”) used last, newest first."""
        return _RECENT[what].of(self._settings)

    def remember(self, what: str, *paths: Path) -> list[Path]:
        """Put ``paths`` before the others of their kind; return them all."""
        return table.remember(self._settings, _RECENT[what], paths)

    def folders(self) -> list[Path]:
        """Return where originals may lie: folders pointed at, then those that pictures were marked from."""
        return table.folders_with_originals(self._settings)
