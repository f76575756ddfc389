"""Opening the window from the command line, or saying why it cannot be opened."""

import os
import sys
from collections.abc import Sequence


def has_screen() -> bool:
    """True when there is a display to open a window on."""
    if sys.platform in ("win32", "darwin"):
        return True
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal", "vnc"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_window(paths: Sequence[str]) -> int:
    """Open the window on ``paths``; return its exit status, or 1 with a sentence when that cannot be."""
    if not has_screen():
        print(
            "mtgui: there is no screen to open a window on. Use “mtgui mark PATH… --out DIR” in the terminal.",
            file=sys.stderr,
        )
        return 1
    try:
        from mtgui.desktop.application import run_window
    except ImportError as error:
        print(
            f"mtgui: the window needs Qt, which does not start here ({error}). On Debian or Ubuntu, "
            "“apt install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libxcb-cursor0 libfontconfig1” brings "
            "what it lacks; everything else works in the terminal, see “mtgui --help”.",
            file=sys.stderr,
        )
        return 1
    return run_window(paths)
