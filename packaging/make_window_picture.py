"""Draws ``resources/guide/window.webp``, the picture of the window in the README: the Mark page with the demo pictures.

Run ``python packaging/make_window_picture.py`` after a change of the page. It needs no screen.
"""

import io
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from PIL import Image
from PySide6.QtCore import QBuffer, QSettings
from PySide6.QtWidgets import QApplication, QWidget

from mtgui.common.resources import resource_path
from mtgui.desktop.app.application import build_window
from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.theme.appearance import apply_theme

PICTURE = resource_path("guide") / "window.webp"
FIRST = "blue hills.jpg"
"""The demo picture that the window shows large."""
SIZE, QUALITY, PATIENCE = (1280, 800), 92, 60.0


def draw() -> bytes:
    """Return the picture as a WebP file."""
    application = QApplication(sys.argv[:1])
    apply_theme(application, "light")
    with TemporaryDirectory() as name:
        folder = Path(name)
        pictures = folder / "Pictures" / "Landscapes"
        shutil.copytree(resource_path("demo"), pictures)
        history = HistoryStore(folder / "history.sqlite")
        window = build_window(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat), history)
        window.resize(*SIZE)
        window.show()
        window.show_page("mark")
        page = cast("MarkPage", window.page("mark"))
        for path in (pictures / FIRST, pictures):
            page.open_paths([path])
            wait(application, lambda: not page.pictures.is_scanning and page.pictures.is_idle and page.preview.is_idle)
        data = grabbed(window)
        window.close()
        history.close()
    return data


def wait(application: QApplication, is_done: Callable[[], bool]) -> None:
    """Process events until ``is_done`` has held for half a second."""
    deadline, still_since = time.monotonic() + PATIENCE, time.monotonic()
    while time.monotonic() < min(deadline, still_since + 0.5):
        application.processEvents()
        if not is_done():
            still_since = time.monotonic()
    if not is_done():
        sys.exit("The window did not come to rest.")


def grabbed(widget: QWidget) -> bytes:
    """Return a picture of ``widget`` as a WebP file; sharp chroma keeps the letters crisp."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    with Image.open(io.BytesIO(buffer.data().data())) as image:
        file = io.BytesIO()
        image.convert("RGB").save(file, "WebP", quality=QUALITY, method=6, use_sharp_yuv=True)
    return file.getvalue()


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    PICTURE.write_bytes(draw())
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")
