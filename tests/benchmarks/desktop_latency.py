"""How long the window is deaf while it lists 2,000 pictures, exports 100, and hears 300 large events of an engine.

    python -m tests.benchmarks.desktop_latency FOLDER [ROUNDS]

FOLDER holds photographs, of which links make up the numbers. Wanted: never longer than 50 ms. A busy machine
adds to the longest wait, so the median of several rounds is what counts.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QEvent, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from mtgui.desktop.jobs.engine_process import EngineProcess
from mtgui.desktop.mark.export_plan import ExportPlan
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.theme.appearance import apply_theme
from tests.benchmarks.latency import Latency

LISTED, EXPORTED = 2000, 100
WANTED = 0.05
PATIENCE = 300.0


def main(photos: Path, rounds: int) -> None:
    """Measure and print."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    apply_theme(app, "dark")
    originals = sorted(path for path in photos.iterdir() if path.is_file())
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "many").mkdir()
        (folder / "hundred").mkdir()
        for number in range(LISTED):
            original = originals[number % len(originals)]
            (folder / "many" / f"{number:04}{original.suffix}").hardlink_to(_near(original, folder))
        for number in range(EXPORTED):
            with Image.open(originals[number % len(originals)]) as photo:
                photo.putpixel((0, 0), number)
                photo.save(folder / "hundred" / f"{number:03}.jpg", quality=92)
        for what, measure in (("listing", _list), ("exporting", _export), ("events", _hear)):
            worst = [measure(app, folder, number) for number in range(rounds)]
            median = statistics.median(worst)
            print(f"{what}: longest wait {', '.join(f'{wait * 1000:.0f} ms' for wait in worst)}")
            print(f"  median {median * 1000:.0f} ms, ratio to wanted {median / WANTED:.2f} (wanted: at most 1.00)")


def _near(original: Path, folder: Path) -> Path:
    """Return a copy of ``original`` on the disk of ``folder``, made once, for links."""
    near = folder / original.name
    if not near.exists():
        near.write_bytes(original.read_bytes())
    return near


def _page(app: QApplication, folder: Path) -> MarkPage:
    page = MarkPage(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    page.resize(1204, 800)
    page.show()
    _wait(app, lambda: page.warming.is_done and page.preview.is_idle)
    return page


def _leave(app: QApplication, page: MarkPage) -> None:
    """End a page for good: one that is merely forgotten is taken apart by Python while Qt still paints it."""
    page.shut_down()
    page.close()
    page.deleteLater()
    app.sendPostedEvents(page, QEvent.Type.DeferredDelete)
    app.processEvents()


def _reject(page: MarkPage) -> None:
    if page.exporting.dialog is not None:
        page.exporting.dialog.reject()


def _wait(app: QApplication, is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_there() and time.monotonic() < deadline:
        app.processEvents()
        time.sleep(0.0005)


def _list(app: QApplication, folder: Path, _number: int) -> float:
    page = _page(app, folder)
    with Latency() as latency:
        page.open_paths([folder / "many"])
        _wait(app, lambda: not page.pictures.is_scanning and page.pictures.count == LISTED and page.pictures.is_idle)
    _leave(app, page)
    return latency.worst


def _hear(app: QApplication, _folder: Path, _number: int) -> float:
    code = "import json; print('\\n'.join([json.dumps({'event': 'key_done', 'set_losses': [0.123456] * 10000})] * 300))"
    process = EngineProcess([sys.executable, "-c", code])
    with Latency() as latency:
        process.start()
        _wait(app, lambda: not process.is_running)
    process.deleteLater()
    return latency.worst


def _export(app: QApplication, folder: Path, number: int) -> float:
    page = _page(app, folder)
    page.open_paths([folder / "hundred"])
    _wait(app, lambda: page.pictures.count == EXPORTED and page.pictures.is_idle and page.preview.is_idle)
    out = folder / f"out {number}"
    entries, choices = page.pictures.model.entries, page.history.choices
    with Latency() as latency:
        page.exporting.begin(entries, EXPORTED, choices, None, ExportPlan(out, folder / f"{number}.mtrecord"))
        closing = QTimer()
        closing.timeout.connect(lambda: _reject(page))
        closing.start(20)
        _wait(app, lambda: not page.exporting.is_running and len(list(out.glob("*.jpg"))) == EXPORTED)
        app.processEvents()
        closing.stop()
    _leave(app, page)
    return latency.worst


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
