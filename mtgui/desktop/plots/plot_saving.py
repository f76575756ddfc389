"""Saves a plot as a picture, as vectors, or as its numbers."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from mtgui.common import files
from mtgui.common.errors import StorageError, UsageError, readable_name, storage_errors
from mtgui.desktop.plots.plot_view import PlotView

KINDS = ("png", "svg", "pdf", "csv")
PNG_RATIO = 3.0
SCREEN_DPI = 96


def save_plot(plot: PlotView, table: Callable[[], str], path: Path) -> None:
    """Write ``plot`` to ``path``, whose ending names the format; ``table`` returns its numbers as CSV.

    Raises UsageError for an unknown ending, StorageError if the disk refuses.
    """
    makers: dict[str, Callable[[], bytes]] = {
        ".png": lambda: _png(plot),
        ".svg": lambda: _svg(plot),
        ".pdf": lambda: _pdf(plot),
        ".csv": lambda: table().encode("utf-8"),
    }
    maker = makers.get(path.suffix.lower())
    if maker is None:
        raise UsageError(
            f"A plot is kept as {', '.join(KINDS)}; the name “{readable_name(path)}” ends in none of them."
        )
    with storage_errors(f"{readable_name(path)} could not be written"):
        files.replace(path, maker(), durable=False)


def with_ending(path: Path, suffix: str) -> Path:
    """Return ``path`` with ``suffix`` added. Raises StorageError if that file exists: the person was not asked."""
    path = path.with_name(path.name + suffix)
    if path.exists():
        raise StorageError(f"“{readable_name(path)}” is there already. To replace it, choose it by its whole name.")
    return path


def _png(plot: PlotView) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    plot.as_pixmap(PNG_RATIO).save(buffer, "PNG")
    return bytes(buffer.data().data())


def _svg(plot: PlotView) -> bytes:
    buffer, size = QBuffer(), plot.viewport().size()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(plot.accessibleName())
    generator.setDescription(plot.public_description)
    _paint(plot, QPainter(generator), size)
    return bytes(buffer.data().data())


def _pdf(plot: PlotView) -> bytes:
    buffer, size = QBuffer(), plot.viewport().size()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(plot.accessibleName())
    page = QPageSize(QSizeF(size) * 72 / SCREEN_DPI, QPageSize.Unit.Point)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    # One unit is one screen pixel, so that lines keep their width.
    writer.setResolution(SCREEN_DPI)
    _paint(plot, QPainter(writer), size)
    return bytes(buffer.data().data())


def _paint(plot: PlotView, painter: QPainter, size: QSize) -> None:
    plot.render_to(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
