"""Some pages as they looked when somebody last looked at them, coarsely: letters may differ, the layout may not.

Pictures of the pages are kept at an eighth of their size. After a change that is meant, look at the pages, then run
this file with MTGUI_NEW_SNAPSHOTS=1.
"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from tests.desktop.audit.audit_helpers import load, run_audit
from tests.desktop.mark.mark_helpers import add, make_pictures, settle
from tests.desktop.open_windows import page_of
from tests.desktop.rehearse.rehearse_helpers import run_rehearsal, settle_rehearsal

FOLDER = Path(__file__).with_name("snapshots")
SIZE, COARSE = (1280, 800), (160, 100)
MOST_ON_AVERAGE, MOST_ANYWHERE, BLOCK = 3.0, 45.0, 10


def mark_empty(_qtbot: QtBot, window: MainWindow, _folder: Path) -> None:
    window.show_page("mark")


def mark_filled(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    page = page_of(window, "mark", MarkPage)
    make_pictures(folder / "f", 5)
    add(qtbot, page, folder / "f")
    settle(qtbot, page)


def audit_empty(_qtbot: QtBot, window: MainWindow, _folder: Path) -> None:
    window.show_page("audit")


def audit_evidence(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    window.show_page("audit")
    page = page_of(window, "audit", AuditPage)
    load(qtbot, page, folder, 6)
    run_audit(qtbot, page)


def audit_lora(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    window.show_page("audit")
    page = page_of(window, "audit", AuditPage)
    load(qtbot, page, folder, 6)


def rehearse_empty(qtbot: QtBot, window: MainWindow, _folder: Path) -> None:
    window.show_page("rehearse")
    page = page_of(window, "rehearse", RehearsePage)
    settle_rehearsal(qtbot, page)


def rehearse_found(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    rehearse_empty(qtbot, window, folder)
    page = page_of(window, "rehearse", RehearsePage)
    run_rehearsal(qtbot, page)


STATES: dict[str, Callable[[QtBot, MainWindow, Path], None]] = {
    f.__name__: f
    for f in (mark_empty, mark_filled, audit_empty, audit_evidence, audit_lora, rehearse_empty, rehearse_found)
}
SURROUNDINGS = {"audit_lora": {"FAKE_MODEL": "lora"}}


@pytest.fixture
def window(opened: MainWindow) -> MainWindow:
    """The main window, at one size."""
    opened.resize(*SIZE)
    return opened


def coarse(window: MainWindow) -> NDArray[np.float64]:
    """Return the window as rows of RGB, an eighth of its size."""
    for _ in range(5):
        QApplication.processEvents()
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    small = Image.fromarray(np.ascontiguousarray(pixels)).resize(COARSE, Image.Resampling.BOX)
    return np.asarray(small, np.float64)


def differences(seen: NDArray[np.float64], kept: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean difference in levels, and the largest of any block of ten by ten."""
    apart = abs(seen - kept).mean(axis=2)
    blocks = apart.reshape(COARSE[1] // BLOCK, BLOCK, COARSE[0] // BLOCK, BLOCK).mean(axis=(1, 3))
    return float(apart.mean()), float(blocks.max())


@pytest.mark.parametrize("name", STATES)
def test_pages_look_as_they_did(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in SURROUNDINGS.get(name, {}).items():
        monkeypatch.setenv(variable, value)
    STATES[name](qtbot, window, tmp_path)
    seen, path = coarse(window), FOLDER / f"{name}.png"
    if os.environ.get("MTGUI_NEW_SNAPSHOTS"):
        Image.fromarray(seen.astype(np.uint8)).save(path, optimize=True)
    average, most = differences(seen, np.asarray(Image.open(path), np.float64))
    Image.fromarray(seen.astype(np.uint8)).save(tmp_path / f"{name}.png")
    assert average < MOST_ON_AVERAGE, f"{average:.1f} levels on average; see {tmp_path / name}.png"
    assert most < MOST_ANYWHERE, f"{most:.1f} levels in one block; see {tmp_path / name}.png"


def test_other_pages_are_told_apart() -> None:
    kept = {name: np.asarray(Image.open(FOLDER / f"{name}.png"), np.float64) for name in STATES}
    for one in kept:
        for other in set(kept) - {one}:
            average, most = differences(kept[one], kept[other])
            assert average >= MOST_ON_AVERAGE or most >= MOST_ANYWHERE, f"{one} and {other}"
