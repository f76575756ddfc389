"""The one gauge of the Mark page: would it be found?"""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mtgui.common.texts import plural, text
from mtgui.common.words import one_in, whole
from mtgui.desktop.jobs.rehearsed_shares import RehearsedShare
from mtgui.desktop.mark.own_rehearsal import basis_of, level_of
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.desktop.theme.appearance import current_tokens
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.marking.settings import MarkSettings
from mtgui.records.attainable_p import planned_size
from mtgui.records.outlook import Level, Outlook, outlook_for

TITLE = "Would it be found?"
_WORDS: dict[Level, str] = {
    "not possible": "Not possible",
    "hardly": "Hardly",
    "perhaps": "Perhaps",
    "very likely": "Very likely",
}
_FILLED: dict[Level, int] = {"not possible": 0, "hardly": 1, "perhaps": 2, "very likely": 3}
_STEPS = 3


class OutlookGauge(QWidget):
    """Shows how likely an audit is to find the pictures later: a word, a meter of three steps, and small print."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the gauge for an empty list."""
        super().__init__(parent)
        self.setAccessibleName(text(TITLE))
        self._title = QLabel(text(TITLE))
        self._title.setProperty("kind", "strong")
        self._title.setWordWrap(True)
        self._word = QLabel("")
        self._word.setProperty("kind", "strong")
        self._meter = _Meter()
        self._what = Caption()
        self._small = Caption()
        self._level: Level = "not possible"
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._word)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID + 1)
        column.addLayout(head)
        column.addWidget(self._meter)
        column.addWidget(self._what)
        column.addWidget(self._small)

    @property
    def level(self) -> Level:
        """The level that is shown."""
        return self._level

    def set_brief(self, is_brief: bool) -> None:
        """Move the small print to the tool tip, where there is little room."""
        self._small.setVisible(not is_brief)

    def show_plan(
        self, settings: MarkSettings, numbers: PublishNumbers, rehearsal: RehearsedShare | None = None
    ) -> None:
        """Show the outlook for ``numbers`` of pictures with the mark of ``settings``.

        rehearsal: the person's own rehearsal with these settings; it takes the place of the shipped table.
        """
        if not numbers.pool:
            self._put("not possible", "–", text("Add pictures first."))
            return
        pins = numbers.pinned_out, numbers.pinned_home
        outlook = outlook_for(settings, numbers.published, numbers.pool, *pins)
        level = outlook.level if rehearsal is None or outlook.level == "not possible" else level_of(rehearsal)
        if level == "not possible":
            self._put(level, text(_WORDS[level]), _said(outlook, None))
            return
        small = _bound(settings, numbers)
        if rehearsal is not None:
            small = f"{small} {basis_of(rehearsal)}".strip()
        basis = outlook.basis if rehearsal is None else ""
        self._put(level, text(_WORDS[level]), _said(outlook, rehearsal), small, basis)

    def _put(self, level: Level, word: str, said: str, small: str = "", basis: str = "") -> None:
        """Show ``said`` and the ``small`` print; ``basis`` is only in the tool tip."""
        self._level = level
        self._word.setText(word)
        self._meter.set_filled(_FILLED[level])
        self._what.setText(said)
        self._small.setText(small)
        tip = "\n".join(part for part in (said, small, basis) if part)
        self.setToolTip(tip)
        self.setAccessibleDescription(f"{word}. {tip}")


def _said(outlook: Outlook, rehearsal: RehearsedShare | None) -> str:
    parts = []
    if outlook.level != "not possible":
        found = (outlook.low, outlook.high) if rehearsal is None else (rehearsal.low, rehearsal.high)
        low, high = (round(100 * share) for share in found)
        parts.append(
            text("Of 100 artists who do this, an audit finds {low} to {high}.", low=whole(low), high=whole(high))
        )
    if outlook.shortfall is not None and rehearsal is None and outlook.level != "very likely":
        parts.append(plural(outlook.shortfall, "Too few: add {count} more.", "Too few: add {count} more."))
    elif outlook.level == "not possible":
        parts.append(text("Nothing could be proved later."))
    return " ".join(parts)


def _bound(settings: MarkSettings, numbers: PublishNumbers) -> str:
    if not numbers.published:
        return ""
    drawn = numbers.pool - numbers.pinned_out - numbers.pinned_home
    smallest = planned_size(settings, numbers.drawn_out, drawn, numbers.pinned_out).smallest_p
    if smallest == 1:
        return ""
    return text("If it is found, the chance of error is {odds} at best.", odds=one_in(smallest))


class _Meter(QWidget):
    """Three steps, of which some are filled."""

    def __init__(self) -> None:
        super().__init__()
        self._filled = 0
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_filled(self, filled: int) -> None:
        self._filled = filled
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, gap = current_tokens(), GRID
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = (self.width() - gap * (_STEPS - 1)) / _STEPS
        for step in range(_STEPS):
            bar = QRectF(step * (width + gap), 1, width, self.height() - 2)
            if step < self._filled:
                painter.setPen(QColor(tokens.accent))
                painter.setBrush(QColor(tokens.accent))
            else:
                painter.setPen(QColor(tokens.edge))
                painter.setBrush(QColor(tokens.field))
            painter.drawRoundedRect(bar.adjusted(0.5, 0, -0.5, 0), 3, 3)
        painter.end()
