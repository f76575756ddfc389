"""A table that can be read and copied from, but not changed."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem


def plain_table(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, wide: int, right_from: int | None = None
) -> QTableWidget:
    """Return a table of ``rows`` below the column titles ``heads``. GUI thread.

    name: what a screen reader calls it. wide: the column that takes what room is left. right_from: the first of the
    columns that are aligned to the right, titles included, if there are such.
    """
    table = QTableWidget(len(rows), len(heads))
    table.setAccessibleName(name)
    table.verticalHeader().setVisible(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    for column, head in enumerate(heads):
        is_right = right_from is not None and column >= right_from
        side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
        title, *items = (QTableWidgetItem(text) for text in (head, *(row[column] for row in rows)))
        table.setHorizontalHeaderItem(column, title)
        for row, item in enumerate(items):
            table.setItem(row, column, item)
        for item in (title, *items):
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
    return table
