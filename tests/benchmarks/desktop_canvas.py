"""A painting of the large comparison view against the bare drawing of its two images: wanted, at most 4 times as long.

python -m tests.benchmarks.desktop_canvas
"""

import os

from PySide6.QtCore import QPoint, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from mtgui.desktop.canvas.canvas_view import ComparisonView
from mtgui.desktop.theme.appearance import apply_theme
from tests.benchmarks.stopwatch import side_by_side

REPEATS, SIZE, FULL = 60, QSize(1600, 1200), QSize(6000, 4000)
WANTED = 4.0


def main() -> None:
    """Print the medians of many paintings, and their ratio."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    apply_theme(app, "dark")
    canvas = ComparisonView()
    canvas.resize(SIZE)
    canvas.set_sizes(FULL.width(), FULL.height())
    request = canvas.request
    scale = request.scale if request is not None else 1.0
    image = QImage(round(FULL.width() * scale), round(FULL.height() * scale), QImage.Format.Format_RGB32)
    image.fill(0x336699)
    canvas.set_original(image, QRectF(0, 0, FULL.width(), FULL.height()))
    canvas.set_marked(image, QRectF(0, 0, FULL.width(), FULL.height()))
    target = QImage(SIZE, QImage.Format.Format_RGB32)

    def bare() -> None:
        painter = QPainter(target)
        painter.fillRect(target.rect(), 0)
        for place in (QPoint(), QPoint(SIZE.width() // 2, 0)):
            painter.drawImage(place, image)
        painter.end()

    def paint() -> None:
        canvas.render(target)

    ours, plain = side_by_side(paint, bare, REPEATS)
    print(f"the view: median {1000 * ours:.2f} ms; its images alone: {1000 * plain:.2f} ms")
    print(f"ratio {ours / plain:.2f} (wanted: at most {WANTED:.2f})")


if __name__ == "__main__":
    main()
