"""A program that did not end as it should is noticed at the next start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from mtgui.desktop.app.crash_log import CrashLog
from mtgui.desktop.jobs.processes import is_alive
from tests.needs import POSIX_SIGNALS

START = (
    "import os, signal, sys; from pathlib import Path; from mtgui.desktop.app.crash_log import CrashLog; "
    "watch = CrashLog(Path(sys.argv[1])); watch.begin(); "
)


def run(folder: Path, then: str) -> int:
    return subprocess.run([sys.executable, "-c", START + then, str(folder)], check=False, stderr=-3).returncode


def test_a_clean_end_leaves_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "watch.end()") == 0
    watch = CrashLog(tmp_path)
    watch.begin()
    assert not watch.has_crashed
    watch.end()
    assert list(tmp_path.glob("running-*")) == []


@POSIX_SIGNALS
def test_a_crash_is_noticed_once_and_its_trace_is_kept(tmp_path: Path) -> None:
    run(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)")
    first, second = CrashLog(tmp_path), CrashLog(tmp_path)
    first.begin()
    assert first.has_crashed
    assert "Segmentation fault" in (tmp_path / "crash.log").read_text()
    first.end()
    second.begin()
    assert not second.has_crashed
    second.end()


def test_another_window_that_runs_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / f"running-{os.getppid()}").touch()
    watch = CrashLog(tmp_path)
    watch.begin()
    assert not watch.has_crashed
    watch.end()


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    watch = CrashLog(tmp_path / "file" / "folder")
    watch.begin()
    assert not watch.has_crashed
    watch.end()


def test_processes_are_told_apart() -> None:
    assert is_alive(os.getpid())
    assert not is_alive(0)
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert not is_alive(child.pid)
