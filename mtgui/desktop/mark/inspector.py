"""The right column of the Mark page: first what decides, then the mark; after the draw it is locked."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from mtgui.common.texts import text
from mtgui.desktop.mark.decision_card import DecisionCard
from mtgui.desktop.mark.drawn_set import DrawnSet
from mtgui.desktop.mark.mark_card import MarkCard
from mtgui.desktop.mark.mark_choices import ChoiceHistory, MarkChoices
from mtgui.desktop.mark.publish_numbers import PublishNumbers, numbers_of
from mtgui.desktop.mark.visibility_row import VisibilityRow
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption, SectionHeader, SeparatorLine
from mtgui.desktop.widgets.layouts import scrolling
from mtgui.marking.settings import proposed_preset

INSPECTOR_WIDTH = 300
LEAST_INSPECTOR_WIDTH = 264
"""Width where the page is narrow; both in logical pixels, for text of the usual size."""
NEEDS_MARK = "Where everything goes out, only a mark can speak later."
NEEDS_NONE = "Some stay home, so no mark is needed: without one, pictures are found as often."


class Inspector(QFrame):
    """Shows and changes the current `MarkChoices` of a `ChoiceHistory`, until a draw fixes them."""

    pattern_wanted = Signal()
    """The person wants to choose a pattern picture."""
    new_set_wanted = Signal()
    """The person wants to leave the drawn pictures and begin a new set."""

    def __init__(self, history: ChoiceHistory, parent: QWidget | None = None) -> None:
        """Build the controls for ``history``."""
        super().__init__(parent)
        self._history = history
        self._paths: frozenset[Path] = frozenset()
        self.setFixedWidth(scaled(INSPECTOR_WIDTH))
        self.setProperty("kind", "panel")
        self.setAccessibleName(text("What goes out, and how it is marked"))
        self.decision = DecisionCard()
        self.mark = MarkCard(history)
        self.visibility = VisibilityRow()
        self._hint = Caption()
        self._use_tint = QPushButton()
        self._drawn = QFrame()
        self._drawn_words, self._new_words = QLabel(""), QLabel("")
        self._new_set = QPushButton(text("Begin a new set"))
        self._new_set.setToolTip(text("Empty the list. Record and copies stay as they are."))
        self._lay_out()
        self._connect()
        self._show(history.choices)

    @property
    def numbers(self) -> PublishNumbers:
        """How many pictures go out and how many stay home, by the choices."""
        return numbers_of(self._history.choices, self._paths)

    @property
    def published(self) -> int:
        """How many pictures will be published, within the limits that the pinned pictures set."""
        return self.numbers.published

    def set_pool(self, paths: frozenset[Path]) -> None:
        """Take the list of pictures."""
        self._paths = paths
        self._show(self._history.choices)

    def show_drawn(self, drawn: DrawnSet | None, new: int = 0) -> None:
        """Lock to what was ``drawn``, beside ``new`` pictures that came later; None unlocks."""
        is_drawn = drawn is not None
        self._drawn.setVisible(is_drawn)
        self.decision.setVisible(not is_drawn)
        self.mark.setEnabled(not is_drawn)
        if drawn is not None:
            self._drawn_words.setText(drawn.in_words)
            self._new_words.setText(drawn.new_in_words(new))
            self._new_words.setVisible(bool(new))
        self._show(self._history.choices)

    @property
    def is_drawn(self) -> bool:
        """True while the panel is locked to a draw."""
        return not self._drawn.isHidden()

    def show_pattern(self, picture: QPixmap | None, name: str = "") -> None:
        """Show the pattern picture in the swatch; None shows sample stripes."""
        self.mark.show_pattern(picture, name)

    def take_pattern(self, path: Path) -> None:
        """Make the picture at ``path`` the pattern."""
        self.mark.take_pattern(path)

    def set_locked(self, is_locked: bool) -> None:
        """Disable all controls while an export runs."""
        self.setEnabled(not is_locked)

    def _connect(self) -> None:
        history = self._history
        history.changed.connect(self._show)
        self.decision.all_out_chosen.connect(self._all_out_chosen)
        self.decision.kept_chosen.connect(self._kept_chosen)
        self.decision.proposal_taken.connect(self._proposal_taken)
        self.decision.settled.connect(history.end_stroke)
        self.mark.pattern_wanted.connect(self.pattern_wanted)
        self._use_tint.clicked.connect(self._tint_taken)
        self._new_set.clicked.connect(self.new_set_wanted)

    def _all_out_chosen(self, all_go_out: bool) -> None:
        self._history.change(self._history.choices.with_all_out(all_go_out), text("whether some stay home"))

    def _kept_chosen(self, kept: int) -> None:
        choices = replace(self._history.choices, publish=len(self._paths) - kept)
        self._history.change(choices, text("number that stays home"), stroke="kept")

    def _proposal_taken(self) -> None:
        self._history.change(replace(self._history.choices, publish=None), text("proposed number"))

    def _tint_taken(self) -> None:
        self.mark.choose_preset(proposed_preset(publishes_all=True).name)

    def _show(self, choices: MarkChoices) -> None:
        numbers = numbers_of(choices, self._paths)
        self.decision.show_numbers(numbers)
        needs_mark = bool(numbers.pool) and numbers.goes_out_whole and choices.settings.is_invisible
        is_idle_mark = bool(numbers.drawn_home) and not choices.settings.is_invisible
        self._hint.setText(text(NEEDS_MARK if needs_mark else NEEDS_NONE))
        self._hint.setVisible((needs_mark or is_idle_mark) and not self.is_drawn)
        self._use_tint.setVisible(needs_mark and not self.is_drawn)

    def _lay_out(self) -> None:
        proposed = proposed_preset(publishes_all=True).title
        self._use_tint.setText(text("&Use the mark {preset}", preset=proposed))
        for words in (self._drawn_words, self._new_words):
            words.setWordWrap(True)
        self._new_words.setProperty("kind", "strong")
        drawn = QVBoxLayout(self._drawn)
        drawn.setContentsMargins(0, 0, 0, 0)
        drawn.setSpacing(2 * GRID)
        for part in (self._drawn_words, self._new_words, self._new_set):
            drawn.addWidget(part)
        self._drawn.hide()
        inner = QFrame()
        inner.setProperty("kind", "panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        column.addWidget(SectionHeader(text("What goes out")))
        column.addWidget(self.decision)
        column.addWidget(self._drawn)
        column.addWidget(SeparatorLine())
        column.addWidget(SectionHeader(text("Mark")))
        column.addWidget(self.mark)
        column.addWidget(self._hint)
        column.addWidget(self._use_tint)
        column.addWidget(self.visibility)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolling(inner))

    def minimumSizeHint(self) -> QSize:
        """Return a small height: the column scrolls."""
        return QSize(scaled(INSPECTOR_WIDTH), 120)
