"""A virtual screen with the hands of a person on it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
MISSING = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
PATIENCE = 40.0
PAUSE = 0.05
"""Seconds between two looks."""
UNHEARD = 2.0
"""Seconds after which a key that nothing came of is pressed again: the program was not ready for it."""
needs_screen = pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)} (apt install xvfb xdotool)")


def until(look: Callable[[], T | None], what: str) -> T:
    """Return what ``look`` finds as soon as it finds something."""
    found = _found(look, PATIENCE)
    if not found:
        raise AssertionError(f"waited in vain for {what}")
    return found


def _found(look: Callable[[], T | None], seconds: float) -> T | None:
    """Return what ``look`` finds as soon as it finds something, None where it has found nothing for ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return found


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
        found = until(lambda: self.named(title), f"a window called {title}")
        name = found.splitlines()[-1]
        self.do("windowfocus", "--sync", name)
        return name

    def press(self, window: str, keys: str, look: Callable[[], T | None], what: str) -> T:
        """Press ``keys`` in ``window`` and return what ``look`` finds; press again where the program did not hear."""

        def pressed() -> T | None:
            self.do("windowfocus", "--sync", window, "key", "--clearmodifiers", keys)
            return _found(look, UNHEARD)

        return until(pressed, what)

    def leave(self, window: str, program: "subprocess.Popen[str]") -> int:
        """Close ``window`` as a person does, and first what an order given twice has opened over it; return the status
        that ``program`` ends with.
        """

        def is_over() -> bool:
            for other in self.do("search", "--onlyvisible", "--name", ".").splitlines():
                if other != window:
                    self.do("windowfocus", other, "key", "--clearmodifiers", "Escape")
            self.do("windowfocus", window, "key", "--clearmodifiers", "ctrl+q")
            return bool(_found(lambda: program.poll() is not None, UNHEARD))

        until(is_over, "the program to end")
        return program.wait()

    def named(self, title: str) -> str:
        """Return the windows of this title that can be seen."""
        return self.do("search", "--onlyvisible", "--name", title)

    def is_gone(self, title: str) -> bool:
        return not self.named(title)

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


def settings_of(screen: Screen) -> str:
    """Return what the program remembered, as text."""
    files = list(Path(screen.environment["XDG_CONFIG_HOME"]).rglob("*.conf"))
    return "\n".join(file.read_text() for file in files)
