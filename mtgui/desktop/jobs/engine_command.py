"""How the window starts mtgui as its engine, which is a child process."""

import sys
from collections.abc import Sequence


def engine_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line that runs mtgui with ``arguments``. In a frozen bundle the program runs itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-P", "-m", "mtgui", *arguments]
