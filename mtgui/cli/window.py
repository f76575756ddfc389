"""Opens the window from the command line, or says why it cannot be opened."""

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path


def has_screen() -> bool:
    """True when there is a display to open a window on."""
    if sys.platform in ("win32", "darwin"):
        return True
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal", "vnc"):
        return True
    return _answers_wayland() or _answers_x11()


def _answers_wayland() -> bool:
    name, folder = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(name) and _answers(str(Path(folder, name or "")))


def _answers_x11() -> bool:
    """True when the X server in DISPLAY answers; a server on another machine is assumed to answer."""
    host, _, number = os.environ.get("DISPLAY", "").rpartition(":")
    path = "/".join(("", "tmp", ".X11-unix", f"X{number.partition('.')[0]}"))
    if not number or host not in ("", "unix"):
        return bool(number)
    return _answers(path) or _answers(f"\0{path}")


def _answers(address: str) -> bool:
    """True when a server listens at the local socket ``address``; without one, Qt would end the whole program."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(address)
    except OSError:
        return False
    return True


def open_window(paths: Sequence[str], *, runs_audit: bool = False) -> int:
    """Open the window on ``paths`` and return its exit status; with ``runs_audit``, start an audit of the models.

    If it cannot be opened, print a sentence that says why, and return 1.
    """
    if not has_screen():
        print(
            "mtgui: there is no screen to open a window on. Use “mtgui mark PATH… --out DIR” in the terminal.",
            file=sys.stderr,
        )
        return 1
    try:
        from mtgui.desktop.app.application import run_window
    except ImportError as error:
        print(
            f"mtgui: the window needs Qt, which does not start here ({error}). On Debian or Ubuntu, "
            "“apt install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libxcb-cursor0 libfontconfig1” brings "
            "what is missing; everything else works in the terminal, see “mtgui --help”.",
            file=sys.stderr,
        )
        return 1
    return run_window(paths, runs_audit=runs_audit)
