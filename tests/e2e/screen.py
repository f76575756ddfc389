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
needs_screen = pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)} (apt install xvfb xdotool)")


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

    def leave(self, window: str, program: "subprocess.Popen[str]") -> int:
        """Close ``window`` as a person does, and first what an order given twice has opened over it; return the status
        that ``program`` ends with.
        """

        def is_over() -> bool:
            for other in self.do("search", "--onlyvisible", "--name", ".").splitlines():
                if other != window:
                    self.do("windowfocus", other, "key", "--clearmodifiers", "Escape")
            self.do("windowfocus", window, "key", "--clearmodifiers", "ctrl+q")
            return program.poll() is not None

        until(is_over, "the program to end")
        return program.wait()

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


def settings_of(screen: Screen) -> str:
    """Return what the program remembered, as text."""
    files = list(Path(screen.environment["XDG_CONFIG_HOME"]).rglob("*.conf"))
    return "\n".join(file.read_text() for file in files)
