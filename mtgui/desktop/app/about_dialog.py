"""The dialog about mtgui (versions and licences, also of the libraries that it uses) and the list of shortcuts."""

import importlib.metadata
import platform
import sys

from PySide6.QtCore import QSize, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.desktop.theme.icons import application_icon
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.plain_table import plain_table
from mtgui.desktop.widgets.scrolled_dialog import room_on_screen
from mtgui.version import __version__

WIDTH, HEIGHT = 560, 520
PARTS = (
    ("PySide6_Essentials", "Qt for Python", "LGPL-3.0"),
    ("numpy", "NumPy", "BSD-3-Clause"),
    ("pillow", "Pillow", "MIT-CMU"),
    ("torch", "PyTorch", "BSD-3-Clause"),
    ("torchvision", "torchvision", "BSD-3-Clause"),
    ("pyqtgraph", "pyqtgraph", "MIT"),
    ("defusedxml", "defusedxml", "PSF-2.0"),
    ("platformdirs", "platformdirs", "MIT"),
    ("array-api-compat", "array-api-compat", "MIT"),
    ("pillow-heif", "pillow-heif", "BSD-3-Clause"),
    ("timm", "timm", "Apache-2.0"),
    ("transformers", "transformers", "Apache-2.0"),
    ("onnxruntime", "ONNX Runtime", "MIT"),
)
"""Distribution, name and licence of each library; those that are not installed are left out of the dialog."""
SHORTCUTS = (
    ("Everywhere", "F1", "the guide"),
    ("", "Ctrl+1, 2, 3, 4", "Mark, Audit, Rehearse, History"),
    ("", "Ctrl+,", "settings"),
    ("", "F2", "this list"),
    ("", "Ctrl+Q", "close the window"),
    ("", "Tab, Shift+Tab", "next control, the one before"),
    ("", "Esc", "close a message or a dialog"),
    ("Mark", "Ctrl+O, Ctrl+Shift+O", "add pictures, add a folder"),
    ("", "Delete", "remove selected pictures from the list"),
    ("", "Ctrl+Z, Ctrl+Shift+Z", "undo, redo a setting"),
    ("", "Ctrl+E", "export"),
    ("", "F, or Space on the picture", "flip original and copy in place"),
    ("", "O, H, C", "selected pictures go out, stay home, or are left to chance"),
    ("Audit", "Ctrl+O", "choose a model"),
    ("", "Ctrl+Shift+R", "add a mark record"),
    ("", "Ctrl+Return", "run"),
    ("", "Ctrl+S", "save the report"),
    ("", "+ − 0, arrows", "in a plot: zoom, show everything, move"),
    ("Rehearse", "Ctrl+O", "choose pictures"),
    ("", "Ctrl+Return", "rehearse"),
    ("", "Ctrl+S", "save the results"),
    ("History", "Ctrl+F", "search"),
    ("", "Return", "open"),
)


def versions() -> list[tuple[str, str, str]]:
    """Return name, version and licence of mtgui and then of every installed library."""
    found = [
        ("mtgui", __version__, "MIT"),
        ("Python", platform.python_version(), "PSF-2.0"),
        ("Qt", qVersion(), "LGPL-3.0"),
    ]
    for distribution, name, licence in PARTS:
        try:
            found.append((name, importlib.metadata.version(distribution), licence))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


class TableDialog(QDialog):
    """Shows a title, a note and a table; *Copy* puts the table on the clipboard."""

    def __init__(
        self,
        title: str,
        note: str,
        heads: tuple[str, ...],
        rows: list[tuple[str, ...]],
        parent: QWidget,
        *,
        icon_side: int = 0,
    ) -> None:
        """Show ``rows`` below the column titles ``heads``."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(QSize(WIDTH, HEIGHT).boundedTo(room_on_screen(self)))
        self._rows = rows
        head = QHBoxLayout()
        head.setSpacing(4 * GRID)
        if icon_side:
            sign = QLabel()
            sign.setPixmap(application_icon().pixmap(icon_side, icon_side))
            head.addWidget(sign)
        words = QVBoxLayout()
        name = QLabel(title)
        name.setProperty("kind", "title")
        words.addWidget(name)
        words.addWidget(Caption(note))
        head.addLayout(words, 1)
        self.table = plain_table(title, heads, rows, wide=len(heads) - 1)
        copy, close = QPushButton("&Copy"), QPushButton("Close")
        copy.setAutoDefault(False)
        copy.setAccessibleName("Copy the table")
        copy.clicked.connect(self.copy)
        close.setProperty("kind", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 5 * GRID)
        layout.setSpacing(4 * GRID)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)

    def copy(self) -> None:
        """Put the table on the clipboard, one line per row."""
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in self._rows))


def about_dialog(parent: QWidget) -> TableDialog:
    """Return the dialog about mtgui."""
    note = (
        f"Version {__version__} on {platform.system()} {platform.release()} ({platform.machine()}), "
        f"Python {sys.version_info.major}.{sys.version_info.minor}. Free software under the MIT licence."
    )
    return TableDialog("About mtgui", note, ("Part", "Version", "Licence"), list(versions()), parent, icon_side=48)


def shortcuts_dialog(parent: QWidget) -> TableDialog:
    """Return the list of shortcuts."""
    note = "Everything can also be reached with Tab; underlined letters work with Alt."
    return TableDialog("Keyboard shortcuts", note, ("Page", "Keys", "Do"), list(SHORTCUTS), parent)
