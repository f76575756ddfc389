"""A table with one row per artist: p of each design on the marked model, and p on the model without the pictures."""

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mtgui.common.words import p_text
from mtgui.desktop.rehearse.rehearsal_state import MARKED, RehearsalState
from mtgui.desktop.rehearse.rehearsal_words import users_of
from mtgui.rehearsal.rehearsal_result import Design, UserResult

HEADS = ("Artist", "Result", "p, both", "p, private", "p, keys", "p, without")
TIPS = (
    "Whose pictures",
    "Whether p of the strongest test is at most α",
    "p from the choice of private pictures and from the key together",
    "p from the choice of private pictures alone",
    "p from the key alone",
    "The strongest test on the model that never saw these pictures: it should find nobody",
)
ABSENT = "absent"


class UsersTable(QTableWidget):
    """Shows the users of a finished rehearsal."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(0, len(HEADS), parent)
        self.setAccessibleName("Artists and their p-values")
        for column, (text, tip) in enumerate(zip(HEADS, TIPS, strict=True)):
            head = QTableWidgetItem(text)
            head.setToolTip(tip)
            self.setHorizontalHeaderItem(column, head)
        self.verticalHeader().setVisible(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_state(self, rehearsal: RehearsalState) -> None:
        """Show the users of ``rehearsal``."""
        others = {user.user: user for user in users_of(rehearsal, ABSENT)}
        own = None if rehearsal.result is None else rehearsal.result.own
        users = users_of(rehearsal, MARKED)
        self.setRowCount(len(users))
        for row, user in enumerate(users):
            texts = _texts(rehearsal, user, others.get(user.user), is_own=own == user.user)
            for column, text in enumerate(texts):
                self.setItem(row, column, QTableWidgetItem(text))
        self._fit()
        if users:
            self.setCurrentCell(0, 0, QItemSelectionModel.SelectionFlag.NoUpdate)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns to the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Share the width among the columns; where it is too small for what they hold, the table scrolls sideways."""
        header = self.horizontalHeader()
        columns = range(self.columnCount())
        widest = max(max(self.sizeHintForColumn(n), header.sectionSizeHint(n)) for n in columns)
        fits = widest * self.columnCount() <= self.viewport().width()
        mode = QHeaderView.ResizeMode.Stretch if fits else QHeaderView.ResizeMode.ResizeToContents
        if header.sectionResizeMode(0) != mode:
            header.setSectionResizeMode(mode)


def _texts(rehearsal: RehearsalState, user: UserResult, other: UserResult | None, *, is_own: bool) -> tuple[str, ...]:
    name, best = f"Artist {user.user + 1}", user.strongest_p
    is_found = best is not None and best <= rehearsal.alpha
    return (
        f"You ({name.lower()})" if is_own else name,
        "▲ found" if is_found else "○ not found",
        _cell(user, "both"),
        _cell(user, "withheld only"),
        _cell(user, "keys only"),
        "–" if other is None else _p(other.strongest_p),
    )


def _cell(user: UserResult, design: Design) -> str:
    return "stopped early" if user.stopped_early.get(design) else _p(user.p_values.get(design))


def _p(value: float | None) -> str:
    return p_text(value)
