"""What some tests need that not every system has: marks that skip them elsewhere, and rights that count.

A mark stands here only where the tested behaviour itself does not exist without it.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

POSIX_SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals that end or stop a process")
PIPES = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes that lie in folders")
RIGHTS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights, which Python does not set")
LINUX_LIMITS = pytest.mark.skipif(sys.platform != "linux", reason="mtgui limits its children so on Linux alone")
_NOBODY = 65534


@contextlib.contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Take the superuser's rights away during the block, since no file is closed to the superuser.

    What the block calls must have been imported before: this user may not be allowed to read the program.
    """
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def folder_of_anybody() -> Iterator[Path]:
    """Yield a folder that every user may enter, unlike the folders of tests, and delete it afterwards."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
