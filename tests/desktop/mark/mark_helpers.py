"""Pictures on disk, a page to put them on, and a robot that answers its dialogs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from mtgui.desktop.mark.mark_page import MarkPage

Step = Callable[[QDialog], None]


def make_pictures(folder: Path, count: int, side: int = 48) -> list[Path]:
    """Write ``count`` different pictures into ``folder``; return their paths in the order of the list."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 256, (side, side + 16, 3), dtype=np.uint8)
        path = folder / f"{number:02d}.png"
        Image.fromarray(pixels).save(path)
        paths.append(path)
    return paths


def settle(qtbot: QtBot, page: MarkPage) -> None:
    """Wait until scan, thumbnails and preview have nothing left to do."""

    def is_quiet() -> bool:
        return not page.pictures.is_scanning and page.pictures.is_idle and page.preview.is_idle

    qtbot.waitUntil(is_quiet)
    for _ in range(3):
        QApplication.processEvents()
        qtbot.waitUntil(is_quiet)


def add(qtbot: QtBot, page: MarkPage, *paths: Path) -> None:
    """Add ``paths`` and wait for them."""
    page.open_paths(list(paths))
    settle(qtbot, page)


def press(dialog: QDialog, text: str) -> None:
    """Click the button of ``dialog`` that says ``text``."""
    buttons = {button.text().replace("&", ""): button for button in dialog.findChildren(QPushButton)}
    buttons[text].click()


class Robot(QObject):
    """Does one step for every modal dialog that comes up, in order; what it leaves open, the next step is not for."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: list[Step] = []
        self._last: QDialog | None = None
        self.errors: list[BaseException] = []
        self._is_looking = False

    @property
    def is_done(self) -> bool:
        """True when every step was done and its dialog is gone."""
        return not self._steps and QApplication.activeModalWidget() is None

    def then(self, *steps: Step) -> None:
        """Do these for the next dialogs."""
        self._steps += steps
        if not self._is_looking:
            self._is_looking = True
            self._look_again()

    def stop(self) -> None:
        """Touch nothing more."""
        self._steps.clear()
        while self._is_looking:
            QApplication.processEvents()

    def _look_again(self) -> None:
        QTimer.singleShot(5, self._look)

    def _look(self) -> None:
        if not self._steps:
            self._is_looking = False
            return
        # Before the step, which may open a dialog of its own that the next one is for.
        self._look_again()
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog) or dialog is self._last or not dialog.isVisible():
            return
        step, self._last = self._steps.pop(0), dialog
        try:
            step(dialog)
        except Exception as error:
            self.errors.append(error)
            dialog.reject()
