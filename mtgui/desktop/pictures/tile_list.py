"""What lists of pictures have in common: tiles of one size that stay where they are."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget


class TileList(QListView):
    """Shows pictures as tiles from left to right, in one row or in several."""

    def __init__(self, kind: str, name: str, cell: QSize, parent: QWidget | None, *, is_one_row: bool) -> None:
        """Show tiles with room of ``cell`` pixels each. GUI thread.

        kind: by which the style sheet knows the list. name: what a screen reader calls it.
        """
        super().__init__(parent)
        self.setProperty("kind", kind)
        self.setAccessibleName(name)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(not is_one_row)
        self.setUniformItemSizes(True)
        self.setGridSize(cell)
        self.setMovement(QListView.Movement.Static)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QFrame.Shape.NoFrame)
        if is_one_row:
            self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        else:
            self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
