"""Temporary folders go with their process, and at the latest with the next one."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mtgui.common.private_folders import private_folder, remove_abandoned
from tests.needs import POSIX_SIGNALS

HOLDER = """
import sys, time
from mtgui.common.private_folders import private_folder
with private_folder("test") as folder:
    (folder / "weights").write_bytes(bytes(1000))
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let temporary files lie in a folder of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def start(place: Path) -> tuple[subprocess.Popen[str], Path]:
    """Start a process that keeps a private folder; return both."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env={**os.environ, "TMPDIR": str(place), "TEMP": str(place), "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_there_in_the_block_alone(place: Path) -> None:
    with private_folder("test") as folder:
        (folder / "file").write_bytes(b"content")
        assert folder.parent == place
        if os.name == "posix":
            assert folder.stat().st_mode & 0o077 == 0
    assert list(place.iterdir()) == []


@POSIX_SIGNALS
def test_what_a_killed_process_left_goes_with_the_next_one(place: Path) -> None:
    process, left = start(place)
    with private_folder("other") as own:
        assert {left, own} == set(place.iterdir())
        process.kill()
        process.communicate()
        assert (left / "weights").exists()
        with private_folder("next") as following:
            assert {own, following} == set(place.iterdir())
    assert list(place.iterdir()) == []


def test_folders_in_use_and_folders_of_others_stay(place: Path) -> None:
    process, used = start(place)
    (place / "mtgui-demo-1").mkdir()
    (place / "mtgui-file").write_bytes(b"")
    (place / "elsewhere").mkdir()
    (place / "elsewhere" / ".in-use").write_bytes(b"")
    if os.name == "posix":
        (place / "mtgui-link").symlink_to(place / "elsewhere")
    before = set(place.rglob("*"))
    try:
        assert remove_abandoned(place) == 0
        assert set(place.rglob("*")) == before
        assert (used / "weights").exists()
    finally:
        process.kill()
        process.communicate()


def test_a_folder_that_is_taken_away_meanwhile_harms_nothing(place: Path) -> None:
    with private_folder("test") as folder:
        shutil.rmtree(folder)
    assert list(place.iterdir()) == []
    assert remove_abandoned(place / "gone") == 0
