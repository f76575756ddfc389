"""The first question of the Mark page: can some pictures be kept private, and how many?"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QPushButton, QRadioButton, QVBoxLayout, QWidget

from mtgui.common.texts import plural, text
from mtgui.common.words import whole
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption, LabelledSlider
from mtgui.desktop.widgets.radio_groups import keep_one_tab_stop

QUESTION = "Can you keep some of these private?"
WHY = "An audit compares the pictures that went out with those that stayed home. A coin decides which."


class DecisionCard(QWidget):
    """Asks whether some pictures stay home. It only asks: the page changes the choices and shows the numbers again."""

    all_out_chosen = Signal(bool)
    """True: everything must go out."""
    kept_chosen = Signal(int)
    """How many pictures stay home; many while the slider moves."""
    proposal_taken = Signal()
    settled = Signal()
    """The slider rests."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the question for an empty list."""
        super().__init__(parent)
        self._question = QLabel(text(QUESTION))
        self._question.setProperty("kind", "strong")
        self._question.setWordWrap(True)
        self._yes = QRadioButton(text("&Yes, some stay home"))
        self._no = QRadioButton(text("&No, everything must go out"))
        self._group = QButtonGroup(self)
        self._group.addButton(self._yes, 0)
        self._group.addButton(self._no, 1)
        self._yes.setToolTip(text("No mark is needed then: an audit compares what went out with what stayed home."))
        self._no.setToolTip(text("Only a mark can speak then. It finds far less, and only what it can be seen in."))
        self._kept = LabelledSlider(text("S&tay home"), 1, 1, 1, page_steps=5)
        self._kept.set_description(text("How many pictures stay home. Half of them is best, at most 25 are needed."))
        self._propose = QPushButton()
        self._propose.setProperty("kind", "quiet")
        self._note = Caption()
        self._lay_out()
        self._group.idClicked.connect(self._answered)
        self._kept.value_changed.connect(self._kept_moved)
        self._kept.editing_finished.connect(self.settled)
        self._propose.clicked.connect(self.proposal_taken)
        self.show_numbers(PublishNumbers())

    @property
    def kept(self) -> LabelledSlider:
        """The number of pictures that stay home."""
        return self._kept

    def answer(self, *, all_go_out: bool) -> QRadioButton:
        """Return the button of an answer."""
        return self._no if all_go_out else self._yes

    def show_numbers(self, numbers: PublishNumbers) -> None:
        """Show ``numbers``; no signal is emitted."""
        all_out = numbers.goes_out_whole
        (self._no if all_out and numbers.pool else self._yes).setChecked(True)
        keep_one_tab_stop(self._group)
        self._yes.setEnabled(numbers.can_keep or not numbers.pool)
        self._kept.setVisible(not all_out and numbers.can_keep)
        self._kept.set_range(numbers.fewest_kept, max(numbers.fewest_kept, numbers.most_kept))
        self._kept.setEnabled(numbers.most_kept > numbers.fewest_kept)
        self._kept.set_suffix(text(" of {pool}", pool=whole(numbers.pool)))
        self._kept.set_value(numbers.kept)
        proposed = numbers.pool - numbers.proposed
        self._propose.setVisible(not all_out and numbers.kept != proposed)
        self._propose.setText(
            text("Use the &proposal: {kept} of {pool}", kept=whole(proposed), pool=whole(numbers.pool))
        )
        self._note.setText(_note(numbers))
        self._note.setVisible(bool(self._note.text()))

    def _answered(self, number: int) -> None:
        self.all_out_chosen.emit(number == 1)

    def _kept_moved(self, value: float) -> None:
        self.kept_chosen.emit(round(value))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        column.addWidget(self._question)
        column.addWidget(Caption(text(WHY)))
        column.addWidget(self._yes)
        column.addWidget(self._kept)
        column.addWidget(self._propose)
        column.addWidget(self._no)
        column.addWidget(self._note)


def _note(numbers: PublishNumbers) -> str:
    if numbers.pool == 1:
        return text("With one picture there is nothing to choose from. Add more.")
    if numbers.pool and not numbers.published:
        return text("All of them stay home by your own choice, so there is nothing to publish.")
    if numbers.all_go_out and numbers.kept:
        return plural(
            numbers.kept,
            "{count} stays home, since you decided so yourself.",
            "{count} stay home, since you decided so yourself.",
        )
    return ""
