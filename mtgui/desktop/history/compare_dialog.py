"""A table that compares audits: models, records and p-values, also adjusted as if all were one run."""

from collections.abc import Sequence
from fractions import Fraction

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.auditing.statistics.adjusted_p import holm
from mtgui.common.words import exact_probability, p_text
from mtgui.desktop.history.entry_list import sign_of
from mtgui.desktop.jobs.history_store import HistoryEntry
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.plain_table import plain_table
from mtgui.desktop.widgets.scrolled_dialog import room_on_screen

WIDTH, HEIGHT = 860, 360
HEADS = ("Record", "Model", "Verdict", "p", "p, corrected", "p, all of these together")


class CompareDialog(QDialog):
    """A table of finished audits."""

    def __init__(self, entries: Sequence[HistoryEntry], parent: QWidget) -> None:
        """Compare ``entries``."""
        super().__init__(parent)
        self.setWindowTitle("Compare audits")
        self.resize(QSize(WIDTH, HEIGHT).boundedTo(room_on_screen(self)))
        title = QLabel(f"{len(entries)} audits side by side")
        title.setProperty("kind", "title")
        same = len({entry.record_id for entry in entries}) == 1
        note = Caption(
            ("The same record each time. " if same else "Different records. ")
            + "If you look at all of these and choose, use the last column: Holm’s correction of the corrected p."
        )
        self.table = plain_table("Audits side by side", HEADS, _rows(entries), wide=1, right_from=3)
        self.table.selectRow(0)
        close = QPushButton("Close")
        close.setProperty("kind", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 5 * GRID)
        layout.setSpacing(3 * GRID)
        layout.addWidget(title)
        layout.addWidget(note)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)


def _rows(entries: Sequence[HistoryEntry]) -> list[tuple[str, ...]]:
    corrected = [exact_probability(entry.p_adjusted or entry.p_value) for entry in entries]
    # An unknown p counts as 1.
    together = holm([Fraction(1) if p is None else p for p in corrected])
    return [
        (
            entry.title,
            entry.model,
            f"{sign_of(entry)[0]} {entry.verdict}",
            p_text(exact_probability(entry.p_value)),
            p_text(corrected[row]),
            p_text(together[row]),
        )
        for row, entry in enumerate(entries)
    ]
