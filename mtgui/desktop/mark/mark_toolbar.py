"""The bar above the canvas: how to compare, undo and redo, zoom."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QUndoStack
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from mtgui.desktop.canvas.canvas_geometry import MODES
from mtgui.desktop.canvas.canvas_view import ComparisonView
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SegmentedControl
from mtgui.desktop.widgets.layouts import BAR_HEIGHT
from mtgui.desktop.widgets.notices import icon_button

_COMPACT_BELOW = 620
_TINY_BELOW = 400
_TIGHT_BELOW = 260
_LEAST_WIDTH = 150
"""Below this width the buttons for the zoom give way; its keys and the wheel stay."""
_MODE_ICONS = {"side": "side-by-side", "split": "split", "flip": "flip", "difference": "difference"}
_MEANINGS = {
    "side": "Original and copy beside each other",
    "split": "Original on the left of a line that you can move, the copy on its right",
    "flip": "Original and copy in the same place: F, Space or another click changes them",
    "difference": "What the mark changes, made stronger until it can be seen",
}


class MarkToolbar(QFrame):
    """The toolbar of one canvas and one undo stack."""

    mode_chosen = Signal(str)

    def __init__(self, canvas: ComparisonView, stack: QUndoStack, parent: QWidget | None = None) -> None:
        """Build the bar."""
        super().__init__(parent)
        self.setProperty("kind", "bar")
        self.setFixedHeight(BAR_HEIGHT)
        self.setMinimumWidth(scaled(_LEAST_WIDTH))
        self._canvas, self._stack = canvas, stack
        self._modes = SegmentedControl(
            "Compare",
            [("side", "Side by side"), ("split", "Split"), ("flip", "Flip"), ("difference", "Difference")],
        )
        for mode, meaning in _MEANINGS.items():
            self._modes.button(mode).setToolTip(meaning)
        self._undo = icon_button("undo", "Undo")
        self._redo = icon_button("redo", "Redo")
        self._zoom = SegmentedControl("Zoom", [("fit", "Fit"), ("actual", "1:1")])
        self._text = QLabel("")
        self._text.setProperty("kind", "caption")
        self._text.setFixedWidth(scaled(52))
        self._text.setAccessibleName("Zoom")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4 * GRID - 2, 0, 3 * GRID, 0)
        layout.setSpacing(2 * GRID)
        layout.addWidget(self._modes)
        layout.addStretch(1)
        layout.addWidget(self._undo)
        layout.addWidget(self._redo)
        layout.addWidget(self._zoom)
        layout.addWidget(self._text)
        self._is_locked = False
        self._connect()
        self._stack_changed()

    def set_mode(self, mode: str) -> None:
        """Compare by ``mode``."""
        self._modes.set_value(mode)
        self._mode_changed(mode)

    def set_locked(self, is_locked: bool) -> None:
        """Disable undo and redo while an export runs."""
        self._is_locked = is_locked
        self._stack_changed()

    def flip(self) -> None:
        """Show the other picture in the same place; from another way to compare, show the original first."""
        if self._canvas.mode == "flip":
            self._canvas.show_original(not self._canvas.shows_original)
        else:
            self.set_mode("flip")
            self._canvas.show_original(True)

    def undo(self) -> None:
        """Undo the last change of a setting."""
        if not self._is_locked:
            self._stack.undo()

    def redo(self) -> None:
        """Redo the change that was undone last."""
        if not self._is_locked:
            self._stack.redo()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show icons instead of texts if the bar is narrow, and fewer of them if it is very narrow."""
        super().resizeEvent(event)
        self._modes.set_compact(_MODE_ICONS if self.width() < scaled(_COMPACT_BELOW) else None)
        for part in (self._zoom, self._text):
            part.setVisible(self.width() >= scaled(_TINY_BELOW))
        for button in (self._undo, self._redo):
            button.setVisible(self.width() >= scaled(_TIGHT_BELOW))

    def _connect(self) -> None:
        self._modes.changed.connect(self._mode_changed)
        self._modes.chosen_again.connect(self._mode_chosen_again)
        self._canvas.flip_wanted.connect(self.flip)
        self._zoom.changed.connect(self._zoom_chosen)
        self._undo.clicked.connect(self.undo)
        self._redo.clicked.connect(self.redo)
        self._stack.indexChanged.connect(self._stack_changed)
        self._canvas.zoom_text_changed.connect(self._zoom_changed)

    def _mode_chosen_again(self, mode: str) -> None:
        if mode == "flip":
            self.flip()

    def _mode_changed(self, mode: str) -> None:
        for known in MODES:
            if known == mode:
                self._canvas.set_mode(known)
                self.mode_chosen.emit(mode)

    def _zoom_chosen(self, choice: str) -> None:
        if choice == "fit":
            self._canvas.fit()
        else:
            self._canvas.actual_size()

    def _zoom_changed(self, text: str) -> None:
        self._text.setText(text)
        if self._canvas.is_fit:
            self._zoom.set_value("fit")
        elif self._canvas.request is not None and abs(self._canvas.request.scale - 1.0) < 1e-6:
            self._zoom.set_value("actual")
        else:
            self._zoom.clear_value()

    def _stack_changed(self) -> None:
        for button, can, text, word, keys in (
            (self._undo, self._stack.canUndo(), self._stack.undoText(), "Undo", QKeySequence.StandardKey.Undo),
            (self._redo, self._stack.canRedo(), self._stack.redoText(), "Redo", QKeySequence.StandardKey.Redo),
        ):
            button.setEnabled(can and not self._is_locked)
            shortcut = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            name = f"{word} {text}".strip()
            button.setAccessibleName(name)
            button.setToolTip(f"{name} ({shortcut})")
