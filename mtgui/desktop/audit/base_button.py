"""The button on the card of the model that asks for the base of a LoRA or of a diffusion model."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from mtgui.desktop.widgets.file_filters import MODELS


class BaseButton(QPushButton):
    """Asks for a file or a folder, beginning in `folder`; on the window's thread."""

    chosen = Signal(object)
    """The `Path` of a file or folder, or None: to go on without a base."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Offer a file, a folder, and no base."""
        super().__init__("&Base…", parent)
        self.folder = Path.home()
        self.setAccessibleName("Choose the base of the model")
        self.setToolTip("The model from which this one was made")
        menu = QMenu(self)
        menu.addAction("&File…").triggered.connect(self.choose_file)
        menu.addAction("F&older…").triggered.connect(self.choose_folder)
        self._without = menu.addAction("&Without a base")
        self._without.triggered.connect(self._leave_out)
        self.setMenu(menu)

    def offer_without(self, *, can_be_left_out: bool) -> None:
        """Offer to go on without a base, or do not."""
        self._without.setVisible(can_be_left_out)

    def choose_file(self) -> None:
        """Ask for the file of the base."""
        chosen, _ = QFileDialog.getOpenFileName(self.window(), "Choose the base", str(self.folder), MODELS)
        if chosen:
            self.chosen.emit(Path(chosen))

    def choose_folder(self) -> None:
        """Ask for the folder of the base, or for one in which the base that a LoRA names is searched."""
        chosen = QFileDialog.getExistingDirectory(self.window(), "Choose the folder of the base", str(self.folder))
        if chosen:
            self.chosen.emit(Path(chosen))

    def _leave_out(self) -> None:
        self.chosen.emit(None)
