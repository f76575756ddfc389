"""The processes that the program starts, watched where Python starts them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def started_processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Give a list of all processes that are started inside the block, in their order."""
    seen: list[subprocess.Popen[bytes]] = []

    class Seen(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            seen.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", Seen)
        yield seen
