"""The button that saves a plot: on the clipboard, as a picture, as vectors, or as its numbers."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from mtgui.common.errors import MtguiError
from mtgui.desktop.plots.plot_saving import KINDS, save_plot, with_ending
from mtgui.desktop.plots.plot_view import PlotView

NAMES = {"png": "&PNG picture…", "svg": "&SVG vectors…", "pdf": "PD&F vectors…", "csv": "&Numbers (CSV)…"}


class KeepPlot(QPushButton):
    """Saves the plot that is shown."""

    failed = Signal(str)
    """A sentence: something could not be saved."""

    def __init__(
        self, plot: Callable[[], PlotView], table: Callable[[], str], file_name: str, parent: QWidget | None = None
    ) -> None:
        """``plot`` returns the plot, ``table`` its numbers as CSV; ``file_name`` (without ending) is proposed."""
        super().__init__("&Keep plot", parent)
        self._plot, self._table, self._file_name = plot, table, file_name
        self.setAccessibleName("Keep the plot")
        menu = QMenu(self)
        menu.addAction("&Copy as picture").triggered.connect(self.copy_picture)
        menu.addSeparator()
        slots = {"png": self._save_png, "svg": self._save_svg, "pdf": self._save_pdf, "csv": self._save_csv}
        for kind in KINDS:
            menu.addAction(NAMES[kind]).triggered.connect(slots[kind])
        self.setMenu(menu)

    def copy_picture(self) -> None:
        """Put the plot on the clipboard as a picture."""
        QGuiApplication.clipboard().setPixmap(self._plot().as_pixmap())

    def save_as(self, kind: str) -> None:
        """Ask for a file name and save the plot as ``kind``, one of `KINDS`."""
        chosen, _ = QFileDialog.getSaveFileName(self, "Keep the plot", f"{self._file_name}.{kind}", f"*.{kind}")
        if not chosen:
            return
        try:
            path = Path(chosen)
            self.save_to(path if path.suffix else with_ending(path, f".{kind}"))
        except MtguiError as error:
            self.failed.emit(str(error))

    def save_to(self, path: Path) -> None:
        """Write the plot to ``path``."""
        try:
            save_plot(self._plot(), self._table, path)
        except MtguiError as error:
            self.failed.emit(str(error))

    def _save_png(self) -> None:
        self.save_as("png")

    def _save_svg(self) -> None:
        self.save_as("svg")

    def _save_pdf(self) -> None:
        self.save_as("pdf")

    def _save_csv(self) -> None:
        self.save_as("csv")
