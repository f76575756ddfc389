"""What is costly to make is made once in a run of the tests, whichever of its processes asks first."""

import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

PLACE = "MTGUI_TEST_CACHE"
"""The environment variable that names a folder which several runs share; each run has one of its own without it."""


def made_once(base: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder called ``name`` that ``make`` has filled; nobody changes what lies in it.

    base: the temporary folder of this process, below that of the run.
    """
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    shared = Path(os.environ.get(PLACE) or run / "made once")
    shared.mkdir(parents=True, exist_ok=True)
    folder, done = shared / name, shared / f"{name} is made"
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            done.touch()
    return folder
