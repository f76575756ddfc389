"""The real program on a real (virtual) screen, driven by mouse and keyboard as a person would."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PIL import Image

from mtgui.records.journal import read_record

T = TypeVar("T")
TOOLS = ("Xvfb", "xdotool")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
PATIENCE = 40.0
PAUSE = 0.05
SLIDER_HEIGHTS = (118, 124, 130)
"""Where the handle of the blend ratio may be, by the height of the system's font."""

pytest.importorskip("PySide6")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)} (apt install xvfb xdotool)")


def until(look: Callable[[], T | None], what: str) -> T:
    """Return what ``look`` finds as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(PAUSE)
    raise AssertionError(f"waited in vain for {what}")


class Screen:
    """A virtual screen and the hands of a person on it."""

    def __init__(self, home: Path) -> None:
        reader, writer = os.pipe()
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as answer:
            self.display = f":{answer.readline().strip()}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("QT_", "XDG_"))},
            "DISPLAY": self.display,
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_RUNTIME_DIR": str(home),
        }

    def close(self) -> None:
        self._server.terminate()
        self._server.wait(PATIENCE)

    def do(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def window(self, title: str) -> str:
        """Wait for the window of this title and give it the keyboard."""
        found = until(lambda: self.do("search", "--onlyvisible", "--name", title), f"a window called {title}")
        name = found.splitlines()[-1]
        self.do("windowfocus", "--sync", name)
        return name

    def is_gone(self, title: str) -> bool:
        return not self.do("search", "--onlyvisible", "--name", title)

    def size(self, window: str) -> tuple[int, int]:
        text = self.do("getwindowgeometry", "--shell", window)
        width, height = (re.search(rf"{side}=(\d+)", text) for side in ("WIDTH", "HEIGHT"))
        assert width is not None
        assert height is not None
        return int(width[1]), int(height[1])

    def drag(self, window: str, start: tuple[int, int], end: tuple[int, int]) -> None:
        steps = (["mousemove", "--window", window, *map(str, place)] for place in (start, end))
        self.do(*next(steps), "mousedown", "1")
        self.do(*next(steps), "mouseup", "1")


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    screen = Screen(home)
    yield screen
    screen.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (120, 160, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def program(screen: Screen, pictures: Path) -> Iterator[subprocess.Popen[str]]:
    """The program, started on the pictures; its output is kept, and it is ended in any case."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mtgui", str(pictures)],
        env=screen.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)


def settings_of(screen: Screen) -> str:
    """Return what the program remembered, as text."""
    files = list(Path(screen.environment["XDG_CONFIG_HOME"]).rglob("*.conf"))
    return "\n".join(file.read_text() for file in files)


def test_a_person_marks_pictures_and_closes(
    screen: Screen, program: "subprocess.Popen[str]", pictures: Path, tmp_path: Path
) -> None:
    window = screen.window("^mtgui$")
    width, _ = screen.size(window)
    # Alt+B leads to the blend ratio, Tab to its slider; then the mouse takes the slider's handle to the left.
    screen.do("key", "--clearmodifiers", "alt+b")
    screen.do("key", "Tab", "Left", "Left")
    for y in SLIDER_HEIGHTS:
        screen.drag(window, (width - 67, y), (width - 150, y))
    out, record = tmp_path / "copies", tmp_path / "copies.mtrecord"

    def dialog() -> str:
        screen.do("windowfocus", "--sync", window, "key", "--clearmodifiers", "ctrl+e")
        time.sleep(PAUSE * 4)
        return screen.do("search", "--onlyvisible", "--name", "^Export marked copies")

    until(dialog, "the export dialog")
    screen.window("^Export marked copies")
    screen.do("key", "--clearmodifiers", "ctrl+a")
    screen.do("type", "--delay", "4", str(out))
    screen.do("key", "Return")
    screen.window("^Export finished")
    until(lambda: record.exists() and len(list(out.iterdir())) == 3, "the copies")
    screen.do("key", "Escape")
    until(lambda: screen.is_gone("^Export finished"), "the result to close")

    screen.do("windowfocus", "--sync", window, "key", "--clearmodifiers", "ctrl+q")
    assert program.wait(PATIENCE) == 0
    assert "Traceback" not in (program.stdout.read() if program.stdout else "")
    made = read_record(record)
    published = {p.name for block, index, p in made.pictures() if block.is_published(index)}
    assert {path.name for path in out.iterdir()} == published
    ratio = made.blocks[0].settings.blend_ratio
    assert 0.2 < ratio < 0.8, "the slider was moved by keys and mouse"
    assert f"blend_ratio={ratio:g}" in settings_of(screen)
    assert len(list(pictures.iterdir())) == 6
