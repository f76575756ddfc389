"""How the window starts mtgui as its engine: a process beside it."""

import sys
from collections.abc import Sequence


def engine_command(arguments: Sequence[str]) -> list[str]:
    """Return the command that runs mtgui itself with ``arguments``; a frozen bundle is its own interpreter."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-P", "-m", "mtgui", *arguments]
