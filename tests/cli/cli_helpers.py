"""Shared by the tests of the command line: the real program as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-m", "mtgui"]
_NOT_HANDED_ON = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
"""Variables that choose a screen, and numbers of threads beside OMP_NUM_THREADS."""


def environment(**changes: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in _NOT_HANDED_ON}
    return {**kept, "PYTHONWARNINGS": "error", "CI": "1", **changes}


def run(*arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run ``mtgui`` with ``arguments``; ``changes`` go into its environment."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=environment(**changes),
        check=False,
        stdin=subprocess.DEVNULL,
    )


def telling(command: list[str], **changes: str) -> subprocess.Popen[bytes]:
    """Start ``command`` of the program with its events on stdout; its small pipe keeps it from running far ahead of
    what is read.
    """
    return subprocess.Popen(
        [*PROGRAM, *command, "--events"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        pipesize=4096,
        env=environment(**changes),
    )


def result_of(ended: subprocess.CompletedProcess[str]) -> Mapping[str, Any]:
    """Return the one object on stdout."""
    found = json.loads(ended.stdout)
    assert isinstance(found, dict)
    return found
