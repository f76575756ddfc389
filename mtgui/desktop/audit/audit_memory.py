"""What the Audit page remembers from one start to the next."""

import re
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QSettings

from mtgui.auditing.audited_model import PRECISIONS
from mtgui.auditing.job.audit_request import VIEWS
from mtgui.desktop.audit.run_step import RunChoices

KEPT = 6


class AuditMemory:
    """Reads and writes a QSettings; whatever it finds there that makes no sense is passed over."""

    def __init__(self, settings: QSettings) -> None:
        """Remember in ``settings``."""
        self._settings = settings

    def choices(self) -> RunChoices:
        """Return the settings of the last run; decoy keys belong to a record and start anew."""
        usual = RunChoices()
        try:
            alpha = Fraction(self._text("audit/alpha", str(usual.alpha)))
        except (ValueError, ZeroDivisionError):
            alpha = usual.alpha
        views, precision = self._text("audit/views", "1"), self._text("audit/precision", usual.precision)
        return RunChoices(
            alpha=alpha if 0 < alpha < 1 else usual.alpha,
            views=int(views) if views.isdecimal() and int(views) in VIEWS else usual.views,
            device=self._device(usual.device),
            precision=next((known for known in PRECISIONS if known == precision), usual.precision),
        )

    def _device(self, usual: str) -> str:
        """Return the device of the last run, where that is a name a device may have."""
        name = self._text("audit/device", usual)
        return name if re.fullmatch(r"auto|(cpu|cuda|xpu|mps)(:\d{1,3})?", name) else usual

    def keep_choices(self, choices: RunChoices) -> None:
        """Remember ``choices``."""
        self._settings.setValue("audit/alpha", str(choices.alpha))
        self._settings.setValue("audit/views", str(choices.views))
        self._settings.setValue("audit/device", choices.device)
        self._settings.setValue("audit/precision", choices.precision)

    def threads(self) -> int | None:
        """Return how many cores the engine may use; None for all."""
        text = self._text("engine/threads", "0")
        return int(text) if text.isdecimal() and int(text) > 0 else None

    def recent(self, what: str) -> list[Path]:
        """Return the ``what`` (“models”, “records” or “folders”) used last, newest first."""
        return self._paths(f"audit/recent_{what}")

    def remember(self, what: str, *paths: Path) -> list[Path]:
        """Put ``paths`` before the others of their kind; return them all."""
        kept = list(dict.fromkeys([*(path.absolute() for path in paths), *self.recent(what)]))[:KEPT]
        self._settings.setValue(f"audit/recent_{what}", [str(path) for path in kept])
        return kept

    def folders(self) -> list[Path]:
        """Return where originals may lie: folders pointed at, then those that pictures were marked from."""
        named = [*self._paths("audit/recent_folders"), *self._paths("folders/originals")]
        return list(dict.fromkeys([*named, *self._paths("mark/recent_folders")]))

    def _paths(self, key: str) -> list[Path]:
        value = self._settings.value(key, [])
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(text) for text in texts if isinstance(text, str) and Path(text).is_absolute()]

    def _text(self, key: str, usual: str) -> str:
        value = self._settings.value(key, usual)
        return str(value) if isinstance(value, str | int | float) else usual
