"""The pictures of the records in one row, each with the sign and word of what the draw made of it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from mtgui.desktop.picture_strip import CELL, TileDelegate
from mtgui.desktop.pictures_model import PictureListModel

SCROLL_BAR = 10


class RecordShelf(QListView):
    """Shows a `PictureListModel` lying; arrows move."""

    def __init__(self, model: PictureListModel, parent: QWidget | None = None) -> None:
        """Show ``model``."""
        super().__init__(parent)
        self.setProperty("kind", "shelf")
        self.setAccessibleName("Pictures of the records, ▲ published or ○ withheld")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setGridSize(CELL)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedHeight(CELL.height() + SCROLL_BAR + 4)
        self.setItemDelegate(TileDelegate(self))
        self.setModel(model)
