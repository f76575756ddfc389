"""Python code that runs under the limits of the processes which handle strangers' files."""

import subprocess
import sys
from pathlib import Path

IMPORTS = (
    f"import sys; sys.path[:0] = {sys.path!r}; import mmap, os, socket, subprocess, threading, time;"
    "from mtgui.reading.bounds import Limits; from mtgui.reading.sandbox import COMPUTING, apply_limits;"
)


def limited(attempt: str, folder: Path, limits: str) -> subprocess.CompletedProcess[str]:
    """Run ``attempt`` in ``folder``, a process of its own with 1 GiB, 20 seconds, 1 MiB of answers, and ``limits``: the
    other arguments of `apply_limits`.
    """
    return subprocess.run(
        [
            sys.executable,
            "-c",
            f"{IMPORTS} print(apply_limits(Limits(1 << 30, 20, 1 << 20), {limits}), flush=True); {attempt}",
        ],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
