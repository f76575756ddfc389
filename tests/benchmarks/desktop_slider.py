"""Median time from a step of a slider to the painted frame, at a preview of 1600 × 1200 pixels, for tint and paper.

    python -m tests.benchmarks.desktop_slider [STEPS]

Wanted: at most 16 ms for a tint, on a slow computer too. For comparison, the script also times the engine, which marks
the same picture on one thread: the ratio says how much of that a step takes, whatever the computer. Needs no
screen; the picture is drawn by the script.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QEvent, QEventLoop, QObject, QSettings
from PySide6.QtWidgets import QApplication

from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.mark.rendering import to_screen
from mtgui.desktop.theme.appearance import apply_theme
from mtgui.desktop.widgets.controls import LabelledSlider
from tests.desktop.desktop_helpers import child

ROUNDS = 3
WANTED = 0.016
WIDTH, HEIGHT = 1600, 1200
# Waiting inside Qt: a loop in Python would hold the interpreter against the threads that render.
WAITING = QEventLoop.ProcessEventsFlag.WaitForMoreEvents


class PaintWatch(QObject):
    """Counts the paintings of what it is installed on."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Count."""
        self.count += event.type() == QEvent.Type.Paint
        return False


def photograph(path: Path) -> None:
    """Write a smooth picture with some grain, as photographs have."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [128 + 90 * np.sin(columns / (90 + 30 * c)) * np.cos(rows / (120 - 20 * c)) for c in range(3)]
    grain = np.random.default_rng(0).normal(0, 6, (HEIGHT, WIDTH, 3))
    Image.fromarray(np.clip(np.dstack(planes) + grain, 0, 255).astype(np.uint8)).save(path)


def main(steps: int) -> None:
    """Measure and print."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    apply_theme(app, "dark")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.png"
        photograph(path)
        page = MarkPage(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        page.toolbar.set_mode("split")
        page.resize(WIDTH + 600, HEIGHT + 200)
        page.show()
        page.open_paths([path])
        _wait(app, lambda: page.canvas.request is not None and page.preview.is_idle)
        request = page.canvas.request
        scale = request.scale if request is not None else 0.0
        print(f"preview of {WIDTH * scale:.0f} × {HEIGHT * scale:.0f} pixels, {steps} steps, {ROUNDS} rounds")
        for preset, name in (("clear", "Strength"), ("paper", "Blend")):
            page.inspector.mark.choose_preset(preset)
            _wait(app, lambda: page.preview.is_idle)
            medians = [_median(app, page, name, steps) for _ in range(ROUNDS)]
            best, engine = min(medians), _engine(page)
            print(f"{preset}: medians " + ", ".join(f"{median * 1000:.1f} ms" for median in medians))
            print(f"    best {best * 1000:.1f} ms, ratio to wanted {best / WANTED:.2f} (wanted: at most 1.00)")
            print(f"    the engine takes {engine * 1000:.1f} ms, ratio {best / engine:.2f}")
        page.shut_down()
        app.processEvents()


def _engine(page: MarkPage) -> float:
    """Return how long the engine takes to mark the picture and to bring it into screen pixels, in seconds."""
    picture, times = page.preview.picture, list[float]()
    while picture is not None and len(times) < 5:
        start = time.perf_counter()
        to_screen(picture.marked_planes(page.looks.look))
        times.append(time.perf_counter() - start)
    return min(times)


def _median(app: QApplication, page: MarkPage, name: str, steps: int) -> float:
    slider = child(page, LabelledSlider, name).slider
    watch, times = PaintWatch(), []
    page.canvas.installEventFilter(watch)
    frames = page.preview.frame_count
    for step in range(steps + 3):
        start = time.perf_counter()
        slider.setValue(slider.maximum() // 2 + step % 20)
        frames += 1
        while page.preview.frame_count < frames:
            app.processEvents(WAITING)
        painted = watch.count
        while watch.count == painted:
            app.processEvents(WAITING)
        if step >= 3:
            times.append(time.perf_counter() - start)
        _wait(app, lambda: page.preview.is_idle)
        frames = page.preview.frame_count
    page.canvas.removeEventFilter(watch)
    return statistics.median(times)


def _wait(app: QApplication, is_there: object) -> None:
    deadline = time.monotonic() + 60
    while callable(is_there) and not is_there() and time.monotonic() < deadline:
        app.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
