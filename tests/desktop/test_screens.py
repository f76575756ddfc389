"""The main window on screens of any size, each in a process that sees those and no others."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

OPENED = """
import json, sys
from PySide6.QtCore import QRect, QSettings
from PySide6.QtWidgets import QApplication
from mtgui.desktop.app.main_window import MainWindow, Page, RailEntry

app = QApplication([])
settings = QSettings(sys.argv[1], QSettings.Format.IniFormat)
window = MainWindow([RailEntry("mark", "mark", "Mark", Page)], settings)
window.show_last_page()
window.show()
if len(sys.argv) > 2:
    window.setGeometry(QRect(*map(int, sys.argv[2:])))
app.processEvents()
screens = [screen.availableGeometry() for screen in app.screens()]
found = window.geometry()
print(json.dumps([any(screen.contains(found) for screen in screens), window.width(), window.height(), found.x()]))
window.close()
"""


def opened(folder: Path, screens: Sequence[tuple[int, int]], *place: int) -> tuple[bool, int, int, int]:
    """Open the window on ``screens``, side by side; take it to ``place`` and close it.

    Return whether it lay on a screen as a whole, its width, its height, and how far to the right it lay.
    """
    described, left = [], 0
    for number, (width, height) in enumerate(screens):
        sizes = {"x": left, "y": 0, "width": width, "height": height, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
        described.append({"name": str(number), **sizes})
        left += width
    (folder / "screens.json").write_text(json.dumps({"screens": described}))
    done = subprocess.run(
        [sys.executable, "-c", OPENED, str(folder / "s.ini"), *map(str, place)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen:configfile=screens.json", "PYTHONPATH": str(Path.cwd())},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    is_whole, width, height, x = json.loads(done.stdout)
    return bool(is_whole), int(width), int(height), int(x)


@pytest.mark.parametrize("size", [(1024, 600), (1280, 720), (1366, 768), (1280, 800), (1920, 1080)])
def test_the_first_time_the_whole_window_is_on_the_screen(size: tuple[int, int], tmp_path: Path) -> None:
    is_whole, width, height, _ = opened(tmp_path, [size])
    assert is_whole
    assert (width, height) == (min(1280, size[0] - 16), min(800, size[1] - 40)), "frame and title have room, too"


def test_on_a_large_screen_the_first_size_is_the_usual_one(tmp_path: Path) -> None:
    assert opened(tmp_path, [(1920, 1080)])[:3] == (True, 1280, 800)


def test_on_the_same_screens_the_window_is_where_it_was(tmp_path: Path) -> None:
    two = [(1920, 1080), (1920, 1080)]
    place = opened(tmp_path, two, 2400, 100, 1100, 700)
    assert opened(tmp_path, two) == place
    assert place[3] > 1920


@pytest.mark.parametrize("left", [[(1920, 1080)], [(1600, 900)], [(1366, 768)], [(1024, 600)]])
def test_a_window_whose_screen_is_gone_comes_back_as_a_whole(left: list[tuple[int, int]], tmp_path: Path) -> None:
    opened(tmp_path, [(1920, 1080), (1920, 1080)], 2400, 100, 1500, 950)
    assert opened(tmp_path, left)[0]


def test_a_window_that_lay_beyond_every_screen_comes_back_as_a_whole(tmp_path: Path) -> None:
    opened(tmp_path, [(1366, 768)], 3000, 2000, 1100, 700)
    assert opened(tmp_path, [(1366, 768)])[:3] == (True, 1100, 700)
