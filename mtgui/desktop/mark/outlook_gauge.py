"""The one gauge of the Mark page: would it be found?"""

from dataclasses import replace
from fractions import Fraction

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mtgui.common.texts import plural, text
from mtgui.common.words import one_in, whole
from mtgui.desktop.jobs.rehearsed_shares import RehearsedShare
from mtgui.desktop.mark.drawn_set import DrawnSet
from mtgui.desktop.mark.own_rehearsal import basis_of
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.desktop.theme.appearance import current_tokens
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.marking.settings import MarkSettings
from mtgui.records.outlook import ERROR_CHANCE, Level, Outlook, level_of, outlook_for

TITLE = "Would it be found?"
NO_PROOF = "Nothing could be proved later."
_TOO_WEAK = "Too weak"
_NEVER = "Almost never"
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
        self,
        settings: MarkSettings,
        numbers: PublishNumbers,
        rehearsal: RehearsedShare | None = None,
        drawn: DrawnSet | None = None,
        *,
        is_refused: bool = False,
    ) -> None:
        """Show the outlook for ``numbers`` of pictures with the mark of ``settings``.

        rehearsal: the person's own rehearsal with these settings; it takes the place of the shipped table if it is
        better evidence, and is mentioned in the small print else. drawn: the draws behind the numbers, which bound the
        chance of error; None before any draw. is_refused: the page says beside the button of the export what is
        lacking, so the gauge says only what helps.
        """
        if not numbers.pool:
            self._put("not possible", "–", text("Add pictures first."))
            return
        pins = numbers.pinned_out, numbers.pinned_home
        outlook = outlook_for(settings, numbers.published, numbers.pool, *pins)
        smallest = numbers.smallest_p(settings) if drawn is None else drawn.smallest_p
        is_possible = outlook.level != "not possible" and smallest <= ERROR_CHANCE
        if not is_possible:
            parts = ["" if is_refused else _lack(smallest)]
            parts.append("" if drawn is not None else _advice(settings, numbers, outlook))
            word = text(_WORDS["not possible"] if smallest == 1 else _TOO_WEAK)
            self._put("not possible", word, " ".join(filter(None, parts)))
            return
        own = _evidence(rehearsal)
        level = outlook.level if own is None else level_of(own.share, own.low)
        low, high = (outlook.low, outlook.high) if own is None else (own.low, own.high)
        advice = "" if own is not None or drawn is not None else _advice(settings, numbers, outlook)
        small = text("If it is found, the chance of error is {odds} at best.", odds=one_in(smallest))
        if rehearsal is not None:
            small = f"{small} {basis_of(rehearsal)}".strip()
        basis = outlook.basis if own is None else ""
        is_never = not _of_100(high)
        word = text(_NEVER if is_never else _WORDS[level])
        self._put(level, word, f"{_found(low, high)} {advice}".strip(), small, basis, 0 if is_never else _FILLED[level])

    @property
    def filled(self) -> int:
        """How many of the three steps of the meter are filled."""
        return self._meter.filled

    def _put(self, level: Level, word: str, said: str, small: str = "", basis: str = "", filled: int = 0) -> None:
        """Show ``said``, the ``small`` print and ``filled`` steps; ``basis`` is only in the tool tip."""
        self._level = level
        self._word.setText(word)
        self._meter.set_filled(filled)
        self._what.setText(said)
        self._what.setVisible(bool(said))
        self._small.setText(small)
        tip = "\n".join(part for part in (said, small, basis) if part)
        self.setToolTip(tip)
        self.setAccessibleDescription(f"{word}. {tip}")


def found_in_brief(settings: MarkSettings, numbers: PublishNumbers, rehearsal: RehearsedShare | None = None) -> str:
    """Return in a few words what an audit finds of ``numbers`` of pictures with the mark of ``settings``.

    rehearsal: the person's own rehearsal with these settings; it takes the place of the shipped table if it is better
    evidence.
    """
    outlook = outlook_for(settings, numbers.published, numbers.pool, numbers.pinned_out, numbers.pinned_home)
    smallest = numbers.smallest_p(settings)
    if smallest == 1:
        return text("Nothing could be proved")
    if outlook.level == "not possible" or smallest > ERROR_CHANCE:
        return text("Too weak to convince")
    own = _evidence(rehearsal)
    shares = (outlook.low, outlook.high) if own is None else (own.low, own.high)
    low, high = (whole(_of_100(share)) for share in shares)
    return text("Found: {low} to {high} of 100", low=low, high=high)


def _lack(smallest: Fraction) -> str:
    """Return why an audit that can state an error chance of ``smallest`` at best does not convince."""
    if smallest == 1:
        return text(NO_PROOF)
    return text(
        "An audit could only hint at it: its error chance is {odds} at best, and {enough} convinces.",
        odds=one_in(smallest),
        enough=one_in(ERROR_CHANCE),
    )


def _evidence(rehearsal: RehearsedShare | None) -> RehearsedShare | None:
    return rehearsal if rehearsal is not None and rehearsal.is_evidence else None


def _of_100(share: float) -> int:
    return round(100 * share)


def _found(low: float, high: float) -> str:
    """Return how many of 100 artists an audit finds, with shares from ``low`` to ``high``."""
    if not _of_100(high):
        return text("Of 100 artists who do this, an audit finds none.")
    return text(
        "Of 100 artists who do this, an audit finds {low} to {high}.",
        low=whole(_of_100(low)),
        high=whole(_of_100(high)),
    )


def _advice(settings: MarkSettings, numbers: PublishNumbers, outlook: Outlook) -> str:
    """Return what makes it likelier to be found; empty if nothing does that was measured."""
    if outlook.level == "very likely":
        return ""
    if outlook.shortfall is not None:
        return plural(outlook.shortfall, "Too few: add {count} more.", "Too few: add {count} more.")
    if numbers.drawn_home or not numbers.can_keep:
        return ""
    half = replace(numbers, wanted=None, all_go_out=False)
    pins = half.pinned_out, half.pinned_home
    other = outlook_for(settings, half.published, half.pool, *pins)
    if other.level == "not possible" or other.share <= outlook.share:
        return ""
    parts = [] if outlook.level == "not possible" else [text("More pictures hardly help here.")]
    parts.append(
        plural(
            half.kept,
            "If {count} stays home: {low} to {high} of 100.",
            "If {count} stay home: {low} to {high} of 100.",
            low=whole(_of_100(other.low)),
            high=whole(_of_100(other.high)),
        )
    )
    return " ".join(parts)


class _Meter(QWidget):
    """Three steps, of which some are filled."""

    def __init__(self) -> None:
        super().__init__()
        self._filled = 0
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def filled(self) -> int:
        return self._filled

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
